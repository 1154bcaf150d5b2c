;; Looks for the end of a winning row, `,7574` CR LF, not much slower than memory can be read.
;;
;; Only a line feed can end it, and there is one in each row of some fifty bytes. So vectors are
;; compared with one byte only, and what stands in front of a line feed is looked at by ordinary
;; instructions, which the processor executes beside the next vectors.
;; `npm run wasm` assembles this file into winner-scan-code.ts.
(module
  ;; In pages of 64 KiB; whoever makes an instance lets it grow to what is needed.
  ;;      0  nothing: what stands in front of the rows may be loaded, but never counts
  ;;     64  the rows; up to 63 bytes behind them are loaded too, but never count
  (memory (export "memory") 1)

  ;; The place of the first comma from $from on that begins those seven bytes, all in front of $end;
  ;; -1 when there is none.
  (func (export "find") (param $from i32) (param $end i32) (result i32)
    ;; 4 bytes in front of a block of 64 bytes, because instructions can add an offset to an
    ;; address, but not take one away
    (local $before i32)
    ;; one bit for each byte of the block, the first byte the lowest one
    (local $lineFeeds i64) (local $behindFirst i64) (local $behindSecond i64)
    (local $lineFeed v128) (local $comma i32)

    (local.set $lineFeed (i8x16.splat (i32.const 0x0a)))
    ;; Blocks begin at multiples of 64, only because that is faster.
    (local.set $before (i32.sub (i32.and (local.get $from) (i32.const -64)) (i32.const 4)))
    (block $none
      (loop $block
        (br_if $none
          (i32.ge_u (i32.add (local.get $before) (i32.const 4)) (local.get $end)))

        (local.set $lineFeeds
          (i64.or
            (i64.or
              (i64.extend_i32_u
                (i8x16.bitmask
                  (i8x16.eq (v128.load offset=4 (local.get $before)) (local.get $lineFeed))))
              (i64.shl
                (i64.extend_i32_u
                  (i8x16.bitmask
                    (i8x16.eq (v128.load offset=20 (local.get $before)) (local.get $lineFeed))))
                (i64.const 16)))
            (i64.or
              (i64.shl
                (i64.extend_i32_u
                  (i8x16.bitmask
                    (i8x16.eq (v128.load offset=36 (local.get $before)) (local.get $lineFeed))))
                (i64.const 32))
              (i64.shl
                (i64.extend_i32_u
                  (i8x16.bitmask
                    (i8x16.eq (v128.load offset=52 (local.get $before)) (local.get $lineFeed))))
                (i64.const 48)))))
        ;; Taking 1 away flips the lowest bit and the zeros below it, and `and` clears them.
        (local.set $behindFirst
          (i64.and (local.get $lineFeeds) (i64.sub (local.get $lineFeeds) (i64.const 1))))
        (local.set $behindSecond
          (i64.and (local.get $behindFirst) (i64.sub (local.get $behindFirst) (i64.const 1))))

        ;; The four bytes in front of the first two line feeds, as a number, should be 5 7 4 CR. For a
        ;; line feed that is not there, they are the last ones of the block, which does no harm. Most
        ;; blocks have two rows at most, so a processor guesses these three branches right; a loop
        ;; over one or two rows it would often guess wrong.
        (block $look
          (br_if $look
            (i32.eq
              (i32.load
                (i32.add (local.get $before) (i32.wrap_i64 (i64.ctz (local.get $lineFeeds)))))
              (i32.const 0x0d343735)))
          (br_if $look
            (i32.eq
              (i32.load
                (i32.add (local.get $before) (i32.wrap_i64 (i64.ctz (local.get $behindFirst)))))
              (i32.const 0x0d343735)))
          (br_if $look (i64.ne (local.get $behindSecond) (i64.const 0)))
          (local.set $before (i32.add (local.get $before) (i32.const 64)))
          (br $block))

        ;; Perhaps a winner: all seven bytes, line feed by line feed.
        (block $seen
          (loop $row
            (br_if $seen (i64.eqz (local.get $lineFeeds)))
            ;; 6 in front of the line feed
            (local.set $comma
              (i32.sub
                (i32.add (local.get $before) (i32.wrap_i64 (i64.ctz (local.get $lineFeeds))))
                (i32.const 2)))
            (if
              (i32.and
                (i32.and
                  (i32.ge_u (local.get $comma) (local.get $from))
                  (i32.le_u (i32.add (local.get $comma) (i32.const 7)) (local.get $end)))
                ;; seven of the eight bytes that are loaded: , 7 5 7 4 CR LF
                (i64.eq
                  (i64.and (i64.load (local.get $comma)) (i64.const 0xffffffffffffff))
                  (i64.const 0x0a0d343735372c)))
              (then (return (local.get $comma))))
            (local.set $lineFeeds
              (i64.and (local.get $lineFeeds) (i64.sub (local.get $lineFeeds) (i64.const 1))))
            (br $row)))
        (local.set $before (i32.add (local.get $before) (i32.const 64)))
        (br $block)))
    (i32.const -1)))
