package dev.counterfoil.custodian.issuer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.custodian.held.RecordItem;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpRecordStreamTest {
  private static final Duration SILENCE_MAX = Duration.ofSeconds(1);
  private static final byte[] PAUSE = {RecordItem.PAUSE, 0, 0, 0};

  /** A body as the HTTP client's: closing it wakes its reader with an exception. */
  private static final class Body extends PipedInputStream {
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public synchronized int read(byte[] into, int offset, int length) throws IOException {
      while (available() == 0) {
        if (closed.getCount() == 0) {
          throw new IOException("closed");
        }
        try {
          wait(10);
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
      return super.read(into, offset, length);
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  @Test
  void isClosedWhenItIsSilentForTooLongWhileItIsWaitedFor() throws Exception {
    Body body = new Body();
    PipedOutputStream issuer = new PipedOutputStream(body);
    try (HttpRecordStream stream = new HttpRecordStream(body, SILENCE_MAX)) {
      issuer.write(PAUSE);
      assertThat(stream.next()).hasSize(1);
      // Control: the custodian takes longer for what came than the issuer may be silent.
      Thread.sleep(SILENCE_MAX.multipliedBy(2));
      assertThat(body.closed.getCount()).isEqualTo(1);
      issuer.write(PAUSE);
      assertThat(stream.next()).hasSize(1);

      assertThatThrownBy(stream::next).isInstanceOf(IssuerUnavailableException.class);
      assertThat(body.closed.getCount()).isZero();
    }
  }

  @Test
  void whatIsClosedIsNotKeptForItsNextLook() throws Exception {
    HttpRecordStream watched = new HttpRecordStream(new Body(), Duration.ofHours(1));
    WeakReference<HttpRecordStream> control = new WeakReference<>(watched);
    List<WeakReference<HttpRecordStream>> closed = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      HttpRecordStream stream = new HttpRecordStream(new Body(), Duration.ofHours(1));
      closed.add(new WeakReference<>(stream));
      stream.close();
    }
    // It is kept by its next look alone.
    watched = null;
    while (closed.stream().anyMatch(stream -> stream.get() != null)) {
      System.gc();
      Thread.sleep(10);
    }
    requireNonNull(control.get(), "the control").close();
  }
}
