package dev.counterfoil.keycloak;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The digests of tokens that were released unrecorded, in a file until they are handed in. The file
 * begins with 8 bytes that name its format and 8 with the time at which the door was last reachable
 * (milliseconds since 1970, big-endian); digests of 32 bytes follow. Whole digests count: what an
 * interrupted write left behind belongs to a token that was not released.
 */
final class KeptDigests implements AutoCloseable {
  private static final byte[] FORMAT = "CFKEPT1\n".getBytes(StandardCharsets.US_ASCII);
  private static final int HEAD_BYTES = FORMAT.length + Long.BYTES;

  private final FileChannel file;
  private final int most;
  private int count;
  private int handedIn;
  private @Nullable Instant last;

  /**
   * Opens or makes the file.
   *
   * @param most most digests that it keeps
   * @throws IOException when it cannot be used, or another process uses it
   */
  @SuppressWarnings("ThreadSafe") // nothing else knows it yet
  KeptDigests(Path path, int most) throws IOException {
    this.most = most;
    this.file =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      lock();
      long length = file.size();
      if (length < HEAD_BYTES) {
        return;
      }
      ByteBuffer head = read(0, HEAD_BYTES);
      byte[] format = new byte[FORMAT.length];
      head.get(format);
      if (!Arrays.equals(format, FORMAT)) {
        throw new IOException("it is another file");
      }
      long whole = (length - HEAD_BYTES) / SigningInputs.DIGEST_BYTES;
      count = Math.toIntExact(whole);
      last = count == 0 ? null : Instant.ofEpochMilli(head.getLong());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void lock() throws IOException {
    try {
      if (file.tryLock() == null) {
        throw new IOException("another process uses it");
      }
    } catch (OverlappingFileLockException e) {
      throw new IOException("it is in use", e);
    }
  }

  /** How many wait to be handed in. */
  synchronized int size() {
    return count - handedIn;
  }

  /** Whether it keeps another one. */
  synchronized boolean hasRoom() {
    return count < most;
  }

  /** When the door was last reachable before they were kept; null when none is kept. */
  synchronized @Nullable Instant last() {
    return last;
  }

  /**
   * Keeps digests, and returns when they are durable.
   *
   * @param reachable when the door was last reachable
   * @return how many of them there was room for, from the first on
   * @throws IOException when none is kept
   */
  synchronized int add(List<byte[]> digests, Instant reachable) throws IOException {
    int fit = Math.min(digests.size(), most - count);
    if (fit <= 0) {
      return 0;
    }
    ByteBuffer body = ByteBuffer.allocate(fit * SigningInputs.DIGEST_BYTES);
    digests.subList(0, fit).forEach(body::put);
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES).put(FORMAT).putLong(reachable.toEpochMilli());
    write(head.flip(), 0);
    write(body.flip(), position(count));
    file.force(true);
    count += fit;
    last = reachable;
    return fit;
  }

  /** The first ones that are not handed in yet. */
  synchronized List<byte[]> first(int atMost) throws IOException {
    int take = Math.min(atMost, size());
    List<byte[]> digests = new ArrayList<>(take);
    ByteBuffer bytes = read(position(handedIn), take * SigningInputs.DIGEST_BYTES);
    for (int i = 0; i < take; i++) {
      byte[] digest = new byte[SigningInputs.DIGEST_BYTES];
      bytes.get(digest);
      digests.add(digest);
    }
    return digests;
  }

  /** The first ones are recorded. Once all are, the file is empty again. */
  synchronized void handedIn(int number) throws IOException {
    handedIn += number;
    if (handedIn == count) {
      file.truncate(HEAD_BYTES);
      file.force(true);
      count = 0;
      handedIn = 0;
      last = null;
    }
  }

  private static long position(int index) {
    return HEAD_BYTES + (long) index * SigningInputs.DIGEST_BYTES;
  }

  private ByteBuffer read(long from, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, from + bytes.position()) < 0) {
        throw new IOException("the file was cut while it was in use");
      }
    }
    return bytes.flip();
  }

  private void write(ByteBuffer bytes, long at) throws IOException {
    long from = at;
    while (bytes.hasRemaining()) {
      from += file.write(bytes, from);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }
}
