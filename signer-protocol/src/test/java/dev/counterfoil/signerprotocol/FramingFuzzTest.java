package dev.counterfoil.signerprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The bytes of a socket: cut into frames the same way however they arrive, no frame longer than
 * what is allowed, and then a peer that is gone or one that speaks something else. Jazzer searches
 * when {@code JAZZER_FUZZ=1} is set; the default run changes a good stream from a seed.
 */
class FramingFuzzTest {
  private static final int CHANGED_INPUTS = 500;
  private static final int FRAME_BYTES_MAX = 4_096;

  /** A peer that has sent some bytes, which arrive in pieces, and has gone. */
  private static final class Sent implements ByteChannel {
    private final ByteBuffer bytes;
    private final int pieceBytes;

    Sent(byte[] bytes, int pieceBytes) {
      this.bytes = ByteBuffer.wrap(bytes);
      this.pieceBytes = pieceBytes;
    }

    @Override
    public int read(ByteBuffer target) {
      if (!bytes.hasRemaining()) {
        return -1;
      }
      int count = Math.min(pieceBytes, Math.min(bytes.remaining(), target.remaining()));
      target.put(bytes.slice(bytes.position(), count));
      bytes.position(bytes.position() + count);
      return count;
    }

    @Override
    public int write(ByteBuffer source) {
      throw new AssertionError("nothing is written");
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  private record Taken(byte kind, long correlation, ByteBuffer body) {}

  /** The frames, and behind them how it ended. */
  private static List<Object> taken(byte[] bytes, int pieceBytes) {
    List<Object> taken = new ArrayList<>();
    int counted = 0;
    FramedConnection connection =
        new FramedConnection(
            new Sent(bytes, pieceBytes), FRAME_BYTES_MAX, Thread.ofPlatform().daemon());
    try {
      while (true) {
        FramedConnection.Incoming frame = connection.receive();
        byte[] body = new byte[frame.body().remaining()];
        frame.body().get(body);
        assertThat(body.length).isLessThanOrEqualTo(FRAME_BYTES_MAX - Frame.HEADER_BYTES);
        counted += 4 + Frame.HEADER_BYTES + body.length;
        assertThat(ByteBuffer.wrap(bytes, counted - body.length, body.length))
            .isEqualTo(ByteBuffer.wrap(body));
        taken.add(new Taken(frame.kind(), frame.correlation(), ByteBuffer.wrap(body)));
      }
    } catch (EOFException e) {
      // What is left is less than a frame says that it has.
      int left = bytes.length - counted;
      assertThat(left < 4 || left < 4 + ByteBuffer.wrap(bytes).getInt(counted)).isTrue();
      taken.add("gone");
    } catch (FormatException e) {
      taken.add(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new AssertionError("memory does not fail", e);
    }
    return taken;
  }

  private static List<Object> taken(byte[] bytes) {
    List<Object> taken = taken(bytes, Integer.MAX_VALUE);
    assertThat(taken(bytes, 1)).isEqualTo(taken);
    assertThat(taken(bytes, 7)).isEqualTo(taken);
    return taken;
  }

  static Stream<byte[]> goodStreams() {
    ByteArrayOutputStream requests = new ByteArrayOutputStream();
    MessageTest.requests().forEach(request -> requests.writeBytes(Request.encode(request, 1)));
    ByteArrayOutputStream answers = new ByteArrayOutputStream();
    MessageTest.answers().forEach(answer -> answers.writeBytes(Answer.encode(answer, 2)));
    return Stream.of(requests.toByteArray(), answers.toByteArray());
  }

  @MethodSource("goodStreams")
  @FuzzTest(maxDuration = "60s")
  void streams(byte[] bytes) {
    taken(bytes);
  }

  @Test
  void aGoodStreamIsCutIntoItsFrames() throws Exception {
    byte[] requests = goodStreams().toList().getFirst();
    List<Object> taken = taken(requests);
    List<Request> read = new ArrayList<>();
    for (Object one : taken.subList(0, taken.size() - 1)) {
      Taken frame = (Taken) one;
      read.add(Request.decode(frame.kind, frame.body));
    }
    assertThat(read).isEqualTo(MessageTest.requests().toList());
    assertThat(taken.getLast()).isEqualTo("gone");
  }

  @Test
  void changedStreamsEnd() {
    ChangedInputs changed = new ChangedInputs(3);
    for (byte[] good : goodStreams().toList()) {
      for (int i = 0; i < CHANGED_INPUTS; i++) {
        taken(changed.of(good));
      }
    }
  }
}
