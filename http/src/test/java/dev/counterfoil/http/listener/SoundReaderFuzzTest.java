package dev.counterfoil.http.listener;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.RequestException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chunked bodies: what is read is what stands there, and nothing else is thrown than a refusal. */
class SoundReaderFuzzTest {
  private static final int CHANGED_INPUTS = 3_000;

  /** Reads as Helidon does; empty where it is refused, or ends before its end. */
  private static Optional<byte[]> read(byte[] sent, int piece) {
    int[] at = {0};
    SoundReader reader =
        new SoundReader(
            () -> {
              if (at[0] == sent.length) {
                return null;
              }
              int end = Math.min(sent.length, at[0] + piece);
              byte[] bytes = Arrays.copyOfRange(sent, at[0], end);
              at[0] = end;
              return bytes;
            });
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try {
      for (int size = size(reader); size > 0; size = size(reader)) {
        assertThat(size).isLessThanOrEqualTo(64 << 10);
        body.writeBytes(reader.readBuffer(size).readBytes());
        reader.skip(2);
      }
      assertThat(reader.readLine()).isEmpty();
    } catch (RequestException | DataReader.InsufficientDataAvailableException e) {
      return Optional.empty();
    }
    return Optional.of(body.toByteArray());
  }

  private static int size(SoundReader reader) {
    String line = reader.readLine();
    assertThat(line).matches("[0-9a-f]{1,5}");
    return Integer.parseInt(line, 16);
  }

  private static byte[] chunked(byte[] body, Random random) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int from = 0; from < body.length; ) {
      int size = 1 + random.nextInt(body.length - from);
      String line = Integer.toHexString(size) + (random.nextBoolean() ? ";n=" + from : "") + "\r\n";
      out.writeBytes(line.getBytes(StandardCharsets.US_ASCII));
      out.write(body, from, size);
      out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
      from += size;
    }
    out.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    return out.toByteArray();
  }

  static Stream<byte[]> good() {
    return Stream.of(
            "some text of no meaning",
            "5\r\nhello\r\n0\r\n\r\n",
            "5;name=value\r\nhello\r\n0;last\r\n\r\n",
            "0\r\n\r\nGET / HTTP/1.1\r\n\r\n")
        .map(text -> text.getBytes(StandardCharsets.US_ASCII));
  }

  @MethodSource("good")
  @FuzzTest(maxDuration = "60s")
  void bodies(byte[] body) {
    Random random = new Random(Arrays.hashCode(body));
    assertThat(read(chunked(body, random), 1 + random.nextInt(4096))).hasValue(body);
    // As it is: refused, or the same however it arrives.
    Optional<byte[]> whole = read(body, Math.max(1, body.length));
    assertThat(read(body, 1 + random.nextInt(7)).map(Arrays::hashCode))
        .isEqualTo(whole.map(Arrays::hashCode));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void bodiesWithBytesChanged(long seed) {
    Random random = new Random(seed);
    byte[] body = new byte[300];
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      random.nextBytes(body);
      byte[] sent = chunked(body, random);
      sent[random.nextInt(sent.length)] = (byte) random.nextInt(256);
      Optional<byte[]> whole = read(sent, sent.length);
      assertThat(read(sent, 1 + random.nextInt(7)).map(Arrays::hashCode))
          .isEqualTo(whole.map(Arrays::hashCode));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 65_536, 65_537, 200_000})
  void largeChunksInPieces(int length) {
    byte[] body = new byte[length];
    new Random(length).nextBytes(body);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(body);
    out.writeBytes("\r\n0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(read(out.toByteArray(), 1000)).hasValue(body);
  }
}
