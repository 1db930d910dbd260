package dev.counterfoil.log;

import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.record.Counterfoil;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A submission that remembers what the log told it. */
public class TestSubmission implements Submission {
  final String name;
  volatile boolean declines;
  volatile boolean throwsInCompose;
  volatile long composedAt = -1;
  public volatile long recordedAt = -1;
  volatile long unreachedAt = -1;
  volatile Level level = Level.DURABLE;
  volatile int answers;
  public volatile @Nullable Refusal refusal;
  public volatile @Nullable Throwable failure;

  public TestSubmission(String name) {
    this.name = name;
  }

  TestSubmission(String name, Level level) {
    this(name);
    this.level = level;
  }

  public static Counterfoil counterfoil(String name, long position, long timeMillis) {
    byte[] salt = new byte[16];
    salt[0] = (byte) position;
    return new Counterfoil(
        position,
        timeMillis,
        (name + "." + position).getBytes(StandardCharsets.US_ASCII),
        salt,
        ("context of " + name).getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public Optional<Counterfoil> compose(long position, long timeMillis) {
    if (throwsInCompose) {
      throw new IllegalStateException("cannot compose");
    }
    if (declines) {
      return Optional.empty();
    }
    composedAt = position;
    return Optional.of(counterfoil(name, position, timeMillis));
  }

  @Override
  public Level level() {
    return level;
  }

  @Override
  public void unreached(long position) {
    answered();
    unreachedAt = position;
  }

  @Override
  public void recorded(long position) {
    answered();
    recordedAt = position;
  }

  @Override
  public void refused(Refusal why) {
    answered();
    refusal = why;
  }

  @Override
  public void failed(Throwable cause) {
    answered();
    failure = cause;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // answered by one thread, once
  private void answered() {
    answers++;
  }
}
