package dev.counterfoil.signerprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What comes over a socket: whatever the frame's body, it is refused with a {@link FormatException}
 * or gives a message that is written and read again as the same. Jazzer searches when {@code
 * JAZZER_FUZZ=1} is set; the default run changes good frames from a seed.
 */
class MessageFuzzTest {
  private static final int CHANGED_INPUTS = 2_000;
  private static final int BODY = 4 + Frame.HEADER_BYTES;

  private static void request(byte kind, byte[] body) {
    try {
      Request request = Request.decode(kind, ByteBuffer.wrap(body));
      byte[] frame = Request.encode(request, 1);
      assertThat(frame[5]).isEqualTo(kind);
      assertThat(Request.decode(kind, bodyOf(frame))).isEqualTo(request);
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty().doesNotContain("\n");
    }
  }

  private static void answer(byte kind, byte[] body) {
    try {
      Answer answer = Answer.decode(kind, ByteBuffer.wrap(body));
      byte[] frame = Answer.encode(answer, 1);
      assertThat(frame[5]).isEqualTo(kind);
      assertThat(Answer.decode(kind, bodyOf(frame))).isEqualTo(answer);
      if (answer instanceof Answer.Records records) {
        payloads(records);
      }
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty().doesNotContain("\n");
    }
  }

  private static void payloads(Answer.Records records) throws FormatException {
    int bytes = 0;
    for (byte[] payload : records.payloads()) {
      bytes += 4 + payload.length;
    }
    assertThat(bytes).isEqualTo(records.packed().length);
  }

  private static ByteBuffer bodyOf(byte[] frame) {
    return ByteBuffer.wrap(frame, BODY, frame.length - BODY).slice();
  }

  /** The first byte is the kind, the rest is the body. */
  @FuzzTest(maxDuration = "30s")
  void requests(byte[] input) {
    if (input.length > 0) {
      request((byte) (input[0] % 8), Arrays.copyOfRange(input, 1, input.length));
    }
  }

  @FuzzTest(maxDuration = "30s")
  void answers(byte[] input) {
    if (input.length > 0) {
      answer((byte) (64 + input[0] % 8), Arrays.copyOfRange(input, 1, input.length));
    }
  }

  @Test
  void changedFramesAreRefusedOrWrittenBack() {
    Random random = new Random(1);
    for (Request request : MessageTest.requests().toList()) {
      byte[] frame = Request.encode(request, 1);
      request(frame[5], body(frame));
      for (int i = 0; i < CHANGED_INPUTS; i++) {
        request(frame[5], changed(body(frame), random));
        request((byte) random.nextInt(8), body(frame));
      }
    }
    for (Answer answer : MessageTest.answers().toList()) {
      byte[] frame = Answer.encode(answer, 1);
      for (int i = 0; i < CHANGED_INPUTS; i++) {
        answer(frame[5], changed(body(frame), random));
        answer((byte) (64 + random.nextInt(8)), body(frame));
      }
    }
  }

  private static byte[] body(byte[] frame) {
    return Arrays.copyOfRange(frame, BODY, frame.length);
  }

  /** Changes, doubles or drops a few bytes. */
  private static byte[] changed(byte[] good, Random random) {
    byte[] bytes = good.clone();
    for (int changes = random.nextInt(3); changes >= 0 && bytes.length > 1; changes--) {
      int at = random.nextInt(bytes.length);
      int to = at + random.nextInt(Math.min(12, bytes.length - at));
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes = joined(Arrays.copyOf(bytes, to), bytes, at);
        case 3 -> bytes = joined(Arrays.copyOf(bytes, at), bytes, to);
        default -> Arrays.fill(bytes, at, to, (byte) (random.nextBoolean() ? 0 : 0xff));
      }
    }
    return bytes;
  }

  private static byte[] joined(byte[] head, byte[] source, int tailFrom) {
    byte[] joined = Arrays.copyOf(head, head.length + source.length - tailFrom);
    System.arraycopy(source, tailFrom, joined, head.length, source.length - tailFrom);
    return joined;
  }
}
