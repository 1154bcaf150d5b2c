;; Walks plain rows of bets.csv, where a walk byte by byte would take fifty steps a row:
;;
;;     3,Nora,Ibáñez,30000031,1988-04-23,7574 CR LF
;;
;; A row is plain when it is right by docs/PROTOCOL.md, section 6, and nothing makes it special: it
;; has no quotes, its names and their commas take 64 bytes at most (the last comma may be the 65th),
;; and nobody was born on a 29th of February. Nearly all rows are. The walk ends in front of the
;; first row that is not plain, and row-bytes.ts, which knows all rules and can say which one is
;; broken, looks at that row. So this code may stop at any row, but must never pass one that
;; row-bytes.ts would refuse.
;;
;; Bytes of 80 hex and above pass in names, and nowhere else; whether they are UTF-8 was checked
;; before.
;;
;; On the way it looks for rows on one number, so that the draw needs no second look at any row.
;;
;; Nothing is called within the walk, since a call takes as long as the rest of a step.
;; `npm run wasm` assembles this file into row-check-code.ts.
(module
  ;; Shared memory, so that a worker thread checks rows where the main thread has put them; in pages of
  ;; 64 KiB, as many as whoever makes it needs.
  ;;      0  the agency and the comma that every row begins with; 8 bytes, of which as many count
  ;;      8  how many rows the last walk passed
  ;;     12  1 when the last row that it passed is on the number that is looked for, else 0
  ;;     16  for every month from 00 to 99 how many days it has: none for most, 28 for February
  ;;    128  what a row on that number ends with, comma to LF: 4 to 7 bytes, the last one the highest of
  ;;         8 bytes, shifted down; no row ends with zeros, so that zeros look for nothing
  ;;    136  by how many bits: 64 less 8 for each of these bytes
  ;;    256  from here on, anywhere, the rows; up to 127 bytes behind them are loaded too, but never count
  (import "rows" "memory" (memory 1 4096 shared))
  (data (i32.const 17) "\1f\1c\1f\1e\1f\1e\1f\1f\1e\1f\1e\1f")

  ;; Walks from $at, and returns where it ended: in front of a row that is not plain, behind
  ;; $countMax rows, behind a row on the number that is looked for, or at $end.
  (func (export "walk")
    (param $at i32) (param $end i32) (param $prefixBytes i32) (param $countMax i32)
    (result i32)

    (local $prefix i64) (local $prefixMask i64) (local $count i32)
    ;; vectors: 16 times the same byte
    (local $lastControl v128) (local $quote v128) (local $comma v128) (local $delete v128)
    (local $zero v128) (local $nine v128)
    ;; what the names begin with
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $names i32) (local $stops i64) (local $first i32) (local $second i32)
    (local $document i32) (local $documentDigits i32)
    (local $date i32) (local $dateMask i32) (local $month i32) (local $day i32)
    (local $number i32) (local $numberDigits i32) (local $rowEnd i32)
    (local $wanted i64) (local $wantedShift i64) (local $isWanted i32)

    (local.set $lastControl (i8x16.splat (i32.const 0x1f)))
    (local.set $quote (i8x16.splat (i32.const 0x22)))
    (local.set $comma (i8x16.splat (i32.const 0x2c)))
    (local.set $delete (i8x16.splat (i32.const 0x7f)))
    (local.set $zero (i8x16.splat (i32.const 0x30)))
    (local.set $nine (i8x16.splat (i32.const 9)))

    ;; Ones in the bytes that the prefix has: (1 << 8 * prefixBytes) - 1.
    (local.set $prefixMask
      (i64.sub
        (i64.shl
          (i64.const 1)
          (i64.extend_i32_u (i32.shl (local.get $prefixBytes) (i32.const 3))))
        (i64.const 1)))
    (local.set $prefix (i64.and (i64.load (i32.const 0)) (local.get $prefixMask)))

    (local.set $wanted (i64.load (i32.const 128)))
    (local.set $wantedShift (i64.load (i32.const 136)))

    (block $ended
      (loop $row
        (br_if $ended (i32.ge_u (local.get $count) (local.get $countMax)))
        (br_if $ended (i32.ge_u (local.get $at) (local.get $end)))

        ;; Names: 64 bytes become 64 bits, the first byte the lowest one. A bit is set where an
        ;; unquoted name must stop: control character, quote, comma, DEL.
        (local.set $names (i32.add (local.get $at) (local.get $prefixBytes)))
        (local.set $a (v128.load (local.get $names)))
        (local.set $b (v128.load offset=16 (local.get $names)))
        (local.set $c (v128.load offset=32 (local.get $names)))
        (local.set $d (v128.load offset=48 (local.get $names)))
        (local.set $stops
          (i64.extend_i32_u
            (i8x16.bitmask
              (v128.or
                (v128.or
                  (i8x16.le_u (local.get $a) (local.get $lastControl))
                  (i8x16.eq (local.get $a) (local.get $quote)))
                (v128.or
                  (i8x16.eq (local.get $a) (local.get $comma))
                  (i8x16.eq (local.get $a) (local.get $delete)))))))
        (local.set $stops
          (i64.or
            (local.get $stops)
            (i64.shl
              (i64.extend_i32_u
                (i8x16.bitmask
                  (v128.or
                    (v128.or
                      (i8x16.le_u (local.get $b) (local.get $lastControl))
                      (i8x16.eq (local.get $b) (local.get $quote)))
                    (v128.or
                      (i8x16.eq (local.get $b) (local.get $comma))
                      (i8x16.eq (local.get $b) (local.get $delete))))))
              (i64.const 16))))
        (local.set $stops
          (i64.or
            (local.get $stops)
            (i64.shl
              (i64.extend_i32_u
                (i8x16.bitmask
                  (v128.or
                    (v128.or
                      (i8x16.le_u (local.get $c) (local.get $lastControl))
                      (i8x16.eq (local.get $c) (local.get $quote)))
                    (v128.or
                      (i8x16.eq (local.get $c) (local.get $comma))
                      (i8x16.eq (local.get $c) (local.get $delete))))))
              (i64.const 32))))
        (local.set $stops
          (i64.or
            (local.get $stops)
            (i64.shl
              (i64.extend_i32_u
                (i8x16.bitmask
                  (v128.or
                    (v128.or
                      (i8x16.le_u (local.get $d) (local.get $lastControl))
                      (i8x16.eq (local.get $d) (local.get $quote)))
                    (v128.or
                      (i8x16.eq (local.get $d) (local.get $comma))
                      (i8x16.eq (local.get $d) (local.get $delete))))))
              (i64.const 48))))
        ;; Where the lowest bit is, and where the lowest one without it is; 64 when there is none.
        (local.set $first (i32.wrap_i64 (i64.ctz (local.get $stops))))
        (local.set $second
          (i32.wrap_i64
            (i64.ctz
              (i64.and (local.get $stops) (i64.sub (local.get $stops) (i64.const 1))))))

        ;; Document: how many of 16 bytes are digits, up to the first one that is none. Taking 30
        ;; hex away leaves 0 to 9 of a digit, and more than 9, unsigned, of anything else.
        (local.set $document
          (i32.add (i32.add (local.get $names) (local.get $second)) (i32.const 1)))
        (local.set $documentDigits
          (i32.ctz
            (i32.xor
              (i32.const -1)
              (i8x16.bitmask
                (i8x16.le_u
                  (i8x16.sub (v128.load (local.get $document)) (local.get $zero))
                  (local.get $nine))))))

        ;; Date and number, which fit in 16 bytes. Every byte has a lowest value, and how far above
        ;; it the byte may be: 9 for a digit, 0 for a byte that must be this one.
        (local.set $date
          (i32.add (i32.add (local.get $document) (local.get $documentDigits)) (i32.const 1)))
        (local.set $dateMask
          (i8x16.bitmask
            (i8x16.le_u
              (i8x16.sub
                (v128.load (local.get $date))
                ;;                Y  Y  Y  Y  -  M  M  -  D  D  ,  n  n  n  n  n
                (v128.const i8x16 48 48 48 48 45 48 48 45 48 48 44 48 48 48 48 48))
              (v128.const   i8x16 9  9  9  9  0  9  9  0  9  9  0  9  9  9  9  9))))
        ;; The value of two digits, loaded as one number: its lower byte holds the tens. Whatever
        ;; was loaded, 15 * 10 + 15 is the most that comes out, which is below the rows.
        (local.set $month (i32.load16_u offset=5 (local.get $date)))
        (local.set $month
          (i32.add
            (i32.mul (i32.and (local.get $month) (i32.const 15)) (i32.const 10))
            (i32.and (i32.shr_u (local.get $month) (i32.const 8)) (i32.const 15))))
        (local.set $day (i32.load16_u offset=8 (local.get $date)))
        (local.set $day
          (i32.add
            (i32.mul (i32.and (local.get $day) (i32.const 15)) (i32.const 10))
            (i32.and (i32.shr_u (local.get $day) (i32.const 8)) (i32.const 15))))
        (local.set $number (i32.add (local.get $date) (i32.const 11)))
        (local.set $numberDigits
          (i32.ctz
            (i32.shr_s (i32.xor (local.get $dateMask) (i32.const -1)) (i32.const 11))))
        (local.set $rowEnd
          (i32.add (i32.add (local.get $number) (local.get $numberDigits)) (i32.const 2)))

        ;; Each condition is 1 or 0. They are joined without a branch, since hardly ever one fails.
        ;; agency
        (i64.eq (i64.and (i64.load (local.get $at)) (local.get $prefixMask)) (local.get $prefix))
        ;; first name: not empty, ended by a comma
        (i32.and (i32.ne (local.get $first) (i32.const 0)))
        (i32.and
          (i32.eq
            (i32.load8_u (i32.add (local.get $names) (local.get $first)))
            (i32.const 0x2c)))
        ;; last name: the same; when both stops are 64, there is no second one
        (i32.and
          (i32.gt_s (i32.sub (local.get $second) (local.get $first)) (i32.const 1)))
        (i32.and
          (i32.eq
            (i32.load8_u (i32.add (local.get $names) (local.get $second)))
            (i32.const 0x2c)))
        ;; document: 1 to 10 digits (0 - 1 is a very large number), ended by a comma
        (i32.and
          (i32.lt_u (i32.sub (local.get $documentDigits) (i32.const 1)) (i32.const 10)))
        (i32.and
          (i32.eq
            (i32.load8_u (i32.add (local.get $document) (local.get $documentDigits)))
            (i32.const 0x2c)))
        ;; date: shape and comma, no year 0000, a day from 1 to the last one of the month
        (i32.and
          (i32.eq (i32.and (local.get $dateMask) (i32.const 0x7ff)) (i32.const 0x7ff)))
        (i32.and (i32.ne (i32.load (local.get $date)) (i32.const 0x30303030)))
        (i32.and
          (i32.lt_u
            (i32.sub (local.get $day) (i32.const 1))
            (i32.load8_u offset=16 (local.get $month))))
        ;; number: 1 to 4 digits, and 0 in front only where it is the number
        (i32.and
          (i32.lt_u (i32.sub (local.get $numberDigits) (i32.const 1)) (i32.const 4)))
        (i32.and
          (i32.or
            (i32.ne (i32.load8_u (local.get $number)) (i32.const 0x30))
            (i32.eq (local.get $numberDigits) (i32.const 1))))
        ;; CR LF, loaded as one number, within what there is
        (i32.and
          (i32.eq
            (i32.load16_u (i32.sub (local.get $rowEnd) (i32.const 2)))
            (i32.const 0x0a0d)))
        (i32.and (i32.le_u (local.get $rowEnd) (local.get $end)))
        (br_if $ended (i32.eqz))

        (local.set $at (local.get $rowEnd))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        ;; A row has more than 8 bytes.
        (br_if $row
          (i64.ne
            (i64.shr_u
              (i64.load (i32.sub (local.get $at) (i32.const 8)))
              (local.get $wantedShift))
            (local.get $wanted)))
        (local.set $isWanted (i32.const 1))))

    (i32.store (i32.const 8) (local.get $count))
    (i32.store (i32.const 12) (local.get $isWanted))
    (local.get $at)))
