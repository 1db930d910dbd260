package dev.counterfoil.verifier;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A few objects that are dear to make and belong to one thread at a time: who needs one takes it,
 * and gives it back when it is as good as new. Never waits: where none lies ready, one is made, and
 * what does not fit is left to the garbage collector. Not tied to threads, so that it neither grows
 * with a service's threads nor outlives the service in them.
 */
final class Spares<T> {
  /** Places; a power of two, and more than most machines have processors to use them at once. */
  private static final int PLACES = 32;

  /** Places lie in cache lines of their own, 64 bytes of references apart. */
  private static final int STRIDE = 16;

  private final AtomicReferenceArray<@Nullable T> places =
      new AtomicReferenceArray<>(PLACES * STRIDE);
  private final Supplier<T> maker;

  Spares(Supplier<T> maker) {
    this.maker = maker;
  }

  /** One that nobody else has. */
  T take() {
    T spare = places.getAndSet(place(), null);
    return spare == null ? maker.get() : spare;
  }

  /** Gives back one that was taken; whoever does so keeps no hold of it. */
  void giveBack(T spare) {
    places.set(place(), spare);
  }

  @SuppressWarnings("deprecation") // Thread.threadId is of Java 19, and this is Java 17
  private static int place() {
    return ((int) Thread.currentThread().getId() & (PLACES - 1)) * STRIDE;
  }
}
