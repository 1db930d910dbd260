package dev.counterfoil.cli;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Ships a file's lines as audit events. The file is the spool: a batch is sent until it is
 * recorded, and only then the place behind it is written down, with the number of the next event.
 * So a crash anywhere sends some lines once more under the same numbers, and the audit log has each
 * once. Where lines are gone, a number is left out, and the audit log says that there is a gap.
 */
final class EventShipping {
  private static final int LINES_MAX = 500;
  private static final int BYTES_MAX = 1 << 20;
  private static final int STATE_BYTES_MAX = 4096;
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);
  private static final Duration QUIET = Duration.ofSeconds(2);
  private static final long AGAIN_FIRST_MS = 200;
  private static final long AGAIN_MAX_MS = 10_000;

  private final Path file;
  private final Path stateFile;
  private final DovecotEvents events;
  private final String source;
  private final Target target;
  private final InstantSource clock;
  private final Consumer<String> say;

  /** Where events go. */
  @FunctionalInterface
  interface Target {
    /**
     * Sends a batch.
     *
     * @return what was refused of it, for people; empty when all of it was recorded
     * @throws IOException when it may go well later
     */
    Optional<String> send(byte[] ndjson) throws IOException, InterruptedException;
  }

  /**
   * How far it is.
   *
   * @param place in the file
   * @param next number of the next event
   * @param startedMillis when the numbers began, which is what the first one is made of
   */
  record State(FollowedFile.Place place, long next, long startedMillis) {
    private static long first(long startedMillis) {
      return startedMillis * 1000;
    }

    static State fresh(long atMillis) {
      return new State(new FollowedFile.Place("", 0), first(atMillis), atMillis);
    }

    boolean isFresh() {
      return next == first(startedMillis);
    }

    JsonObject toJson() {
      return JsonObject.builder()
          .put("file", place.key())
          .put("offset", place.offset())
          .put("next", next)
          .put("started", startedMillis)
          .build();
    }

    static State parse(byte[] bytes) throws FormatException {
      JsonObject json = StrictJson.object(bytes, STATE_BYTES_MAX);
      return new State(
          new FollowedFile.Place(json.string("file"), json.number("offset")),
          json.number("next"),
          json.number("started"));
    }
  }

  EventShipping(
      Path file,
      Path stateFile,
      DovecotEvents events,
      String source,
      Target target,
      InstantSource clock,
      Consumer<String> say) {
    this.file = file;
    this.stateFile = stateFile;
    this.events = events;
    this.source = source;
    this.target = target;
    this.clock = clock;
    this.say = say;
  }

  /**
   * Ships.
   *
   * @param goOn asked when there is nothing new; false ends it
   * @return number of events that were sent
   */
  long run(BooleanSupplier goOn) throws IOException, InterruptedException {
    State state = state();
    long sent = 0;
    if (state.isFresh()) {
      write(state);
      deliver(line(events.start(source, state.startedMillis(), state.next())));
      state = new State(state.place(), state.next() + 1, state.startedMillis());
      write(state);
    }
    try (FollowedFile lines =
        new FollowedFile(file, state.place(), DovecotEvents.LINE_BYTES_MAX, QUIET)) {
      while (true) {
        FollowedFile.Read read = lines.read(LINES_MAX, BYTES_MAX);
        long next = state.next();
        if (read.lost()) {
          say.accept("lines of " + file + " are gone; the audit log will say that there is a gap");
          next++;
        }
        ByteArrayOutputStream batch = new ByteArrayOutputStream();
        for (byte[] line : read.lines()) {
          Optional<JsonObject> event = event(line, next);
          if (event.isPresent()) {
            batch.writeBytes(line(event.get()));
            next++;
          }
        }
        if (batch.size() > 0) {
          deliver(batch.toByteArray());
          sent += next - state.next();
        }
        State after = new State(read.after(), next, state.startedMillis());
        if (!after.equals(state)) {
          write(after);
          state = after;
        } else if (!goOn.getAsBoolean()) {
          return sent;
        } else {
          Thread.sleep(LOOK_EVERY);
        }
      }
    }
  }

  private static byte[] line(JsonObject event) {
    return (event + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private Optional<JsonObject> event(byte[] line, long number) {
    try {
      return events.event(line, number);
    } catch (FormatException e) {
      say.accept("a line of " + file + " is no event of Dovecot's: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Waits longer from time to time: what is not sent stays in the file. */
  private void deliver(byte[] batch) throws InterruptedException {
    long pause = AGAIN_FIRST_MS;
    while (true) {
      try {
        target.send(batch).ifPresent(say);
        return;
      } catch (IOException e) {
        say.accept(
            "the audit log takes no events now: " + CommandFailure.reason(e) + "; trying again");
        Thread.sleep(pause);
        pause = Math.min(AGAIN_MAX_MS, pause * 2);
      }
    }
  }

  private State state() throws IOException {
    try {
      byte[] bytes = Files.readAllBytes(stateFile);
      return State.parse(bytes);
    } catch (NoSuchFileException e) {
      return State.fresh(clock.millis());
    } catch (FormatException e) {
      throw new IOException(
          stateFile + " is not what was written: remove it, and all of the file is sent once more",
          e);
    }
  }

  private void write(State state) throws IOException {
    Path fresh = stateFile.resolveSibling(stateFile.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(line(state.toJson()));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(
        fresh, stateFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel folder =
        FileChannel.open(stateFile.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }

  /** Names of what was refused, out of an answer. */
  static Optional<String> refused(JsonObject answer) throws FormatException {
    List<JsonObject> refused = answer.objects("refused");
    if (refused.isEmpty()) {
      return Optional.empty();
    }
    JsonObject first = refused.getFirst();
    return Optional.of(
        "%d events were refused and lie in quarantine, the first: %s, %s"
            .formatted(refused.size(), first.string("code"), first.string("detail")));
  }
}
