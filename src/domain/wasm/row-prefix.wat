;; Makes rows of bets.csv of the lines of an agency's file: with the agency's number in front of each.
;;
;;     Nora,Ibáñez,30000031,1988-04-23,7574 CR LF   ->   3,Nora,Ibáñez,30000031,1988-04-23,7574 CR LF
;;
;; It knows nothing of rows but that LF ends each of them; row-check.wat looks at what it has made.
;; `npm run wasm` assembles this file into row-prefix-code.ts.
(module
  ;;      0  the agency and the comma that every row is to begin with; 8 bytes, of which as many count
  ;; Lines and rows stand anywhere behind it, with 16 bytes behind either that may be read and written, but
  ;; never count.
  (import "rows" "memory" (memory 1 4096 shared))

  ;; Copies the lines from $at to $end, where the last one ends in LF, to $to, and returns where they end.
  ;; $ending stands in place of each LF: as many bytes as $endingBytes, 1 or 2, the first one the lowest.
  (func (export "prefix")
    (param $at i32) (param $end i32) (param $to i32)
    (param $prefixBytes i32) (param $ending i32) (param $endingBytes i32)
    (result i32)

    (local $prefix i64) (local $lineFeed v128) (local $bytes v128) (local $found i32)

    (local.set $prefix (i64.load (i32.const 0)))
    (local.set $lineFeed (i8x16.splat (i32.const 0x0a)))

    (block $ended
      (loop $line
        (br_if $ended (i32.ge_u (local.get $at) (local.get $end)))
        (i64.store align=1 (local.get $to) (local.get $prefix))
        (local.set $to (i32.add (local.get $to) (local.get $prefixBytes)))

        ;; 16 bytes at a time, up to those that have an LF among them.
        (loop $more
          (local.set $bytes (v128.load align=1 (local.get $at)))
          (v128.store align=1 (local.get $to) (local.get $bytes))
          (local.set $found
            (i8x16.bitmask (i8x16.eq (local.get $bytes) (local.get $lineFeed))))
          (if (i32.eqz (local.get $found))
            (then
              (local.set $at (i32.add (local.get $at) (i32.const 16)))
              (local.set $to (i32.add (local.get $to) (i32.const 16)))
              (br $more))))

        ;; What was copied from behind the LF is overwritten by the next row.
        (local.set $found (i32.ctz (local.get $found)))
        (local.set $at
          (i32.add (i32.add (local.get $at) (local.get $found)) (i32.const 1)))
        (local.set $to (i32.add (local.get $to) (local.get $found)))
        (i32.store16 align=1 (local.get $to) (local.get $ending))
        (local.set $to (i32.add (local.get $to) (local.get $endingBytes)))
        (br $line)))
    (local.get $to)))
