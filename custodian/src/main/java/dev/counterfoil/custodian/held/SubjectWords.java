package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.Hash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * In whose name the tokens of a segment are: for each that says a {@code sub} a word of 48 bits of
 * the subject's hash and 16 bits of its place. So the tokens of one person are found without a look
 * at those of all others. Others can have the same 48 bits: the counterfoil decides. Derived from
 * the records, eight bytes for a token. One thread adds, any reads.
 */
final class SubjectWords {
  private static final long HASH = ~0xffffL;
  private static final int FIRST_ROOM = 256;

  private volatile State state = new State(-1, new long[0], 0);

  /** The words of the open segment, in the order of their places. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record State(long segment, long[] words, int count) {}

  /** Begins with a segment that has none yet. */
  void begin(long segment) {
    state = new State(segment, new long[FIRST_ROOM], 0);
  }

  /** Adds the next place of it. */
  void add(int place, String subject) {
    State now = state;
    long[] words =
        now.count < now.words.length ? now.words : Arrays.copyOf(now.words, now.count * 2);
    words[now.count] = hash(subject) | place;
    // The count is published after its word.
    state = new State(now.segment, words, now.count + 1);
  }

  /** As a file: sorted, so that it can be searched. */
  byte[] file() {
    State now = state;
    return file(Arrays.copyOf(now.words, now.count));
  }

  static byte[] file(long[] words) {
    Arrays.sort(words);
    ByteBuffer sorted = ByteBuffer.allocate(words.length * Long.BYTES);
    for (long word : words) {
      sorted.putLong(word);
    }
    return sorted.array();
  }

  /** Places of a segment that may be a subject's, in their order; empty when it is not open. */
  Optional<List<Integer>> places(long segment, String subject) {
    State now = state;
    if (now.segment != segment) {
      return Optional.empty();
    }
    long wanted = hash(subject);
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < now.count; i++) {
      if ((now.words[i] & HASH) == wanted) {
        places.add((int) (now.words[i] & 0xffff));
      }
    }
    return Optional.of(places);
  }

  /** What stands in front of a subject's places. */
  static long hash(String subject) {
    return ByteBuffer.wrap(Hash.sha256(("sub " + subject).getBytes(StandardCharsets.UTF_8)).bytes())
            .getLong()
        & HASH;
  }
}
