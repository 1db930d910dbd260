package dev.counterfoil.operations.shipping;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Ships a file's lines as audit events. The file is the spool: a batch is sent until it is
 * recorded, and only then the place behind it is written down, with the number of the next event.
 * So a crash anywhere sends some lines once more under the same numbers, and the audit log has each
 * once. Where lines are gone, a number is left out, and the audit log says that there is a gap.
 */
public final class EventShipping {
  private static final int LINES_MAX = 500;
  private static final int BYTES_MAX = 1 << 20;
  private static final int STATE_BYTES_MAX = 4096;
  private static final Duration LOOK_EVERY = Duration.ofMillis(100);
  private static final Duration QUIET = Duration.ofSeconds(2);
  private static final long AGAIN_FIRST_MS = 200;
  private static final long AGAIN_MAX_MS = 10_000;

  /** How often in a row it is refused for good before it ends: half a minute. */
  static final int REFUSED_MAX = 8;

  private final Path file;
  private final Path stateFile;
  private final DovecotEvents events;
  private final String source;
  private final Duration heartbeatEvery;
  private final Target target;
  private final InstantSource clock;
  private final Consumer<String> say;

  private long lastBeatMillis;

  /** Where events go. */
  @FunctionalInterface
  public interface Target {
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
   * @param beatMillis of the heartbeat that has the number before the next and may not be recorded;
   *     0 when it is
   */
  record State(FollowedFile.Place place, long next, long startedMillis, long beatMillis) {
    private static long first(long startedMillis) {
      return startedMillis * 1000;
    }

    static State fresh(long atMillis) {
      return new State(FollowedFile.Place.BEGIN, first(atMillis), atMillis, 0);
    }

    State at(FollowedFile.Place after, long number) {
      return new State(after, number, startedMillis, 0);
    }

    State beating(long atMillis) {
      return new State(place, next + 1, startedMillis, atMillis);
    }

    boolean isFresh() {
      return next == first(startedMillis);
    }

    JsonObject toJson() {
      return JsonObject.builder()
          .put("file", place.key())
          .put("head", place.head())
          .put("offset", place.offset())
          .put("next", next)
          .put("started", startedMillis)
          .put("beat", beatMillis)
          .build();
    }

    static State parse(byte[] bytes) throws FormatException {
      JsonObject json = StrictJson.object(bytes, STATE_BYTES_MAX);
      return new State(
          new FollowedFile.Place(
              json.string("file"), json.optionalString("head").orElse(""), json.number("offset")),
          json.number("next"),
          json.number("started"),
          json.optionalNumber("beat").orElse(0L));
    }
  }

  public EventShipping(
      Path file,
      Path stateFile,
      DovecotEvents events,
      String source,
      Duration heartbeatEvery,
      Target target,
      InstantSource clock,
      Consumer<String> say) {
    this.file = file;
    this.stateFile = stateFile;
    this.events = events;
    this.source = source;
    this.heartbeatEvery = heartbeatEvery;
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
  public long run(BooleanSupplier goOn) throws IOException, InterruptedException {
    State state = started(state());
    long sent = 0;
    try (FollowedFile lines =
        new FollowedFile(file, state.place(), DovecotEvents.LINE_BYTES_MAX, QUIET)) {
      while (true) {
        state = beaten(state);
        FollowedFile.Read read = lines.read(LINES_MAX, BYTES_MAX);
        long next = state.next();
        if (read.lost()) {
          say.accept("lines of " + file + " are gone. The audit log will show a gap");
          next++;
        }
        ByteArrayOutputStream batch = new ByteArrayOutputStream();
        for (byte[] line : read.lines()) {
          next = add(line, next, batch);
        }
        if (batch.size() > 0) {
          deliver(batch.toByteArray());
          sent += next - state.next();
        }
        State after = state.at(read.after(), next);
        if (!after.equals(state)) {
          write(after);
          state = after;
        } else if (!goOn.getAsBoolean()) {
          if (lines.endsInside()) {
            say.accept("the last line of " + file + " is not complete yet. It is sent when it is");
          }
          return sent;
        } else {
          Thread.sleep(LOOK_EVERY);
        }
      }
    }
  }

  /** Says that numbers begin, and once more what may not have been recorded before a crash. */
  private State started(State before) throws IOException, InterruptedException {
    State state = before;
    if (state.isFresh()) {
      write(state);
      deliver(line(events.start(source, state.startedMillis(), state.next())));
      state = state.at(state.place(), state.next() + 1);
      write(state);
    }
    if (state.beatMillis() > 0) {
      state = beat(state);
    }
    return state;
  }

  /**
   * Says that the shipper is there, when it is time: its number and time are written down before.
   */
  private State beaten(State state) throws IOException, InterruptedException {
    long now = clock.millis();
    boolean isDue = now - lastBeatMillis >= heartbeatEvery.toMillis() || now < lastBeatMillis;
    if (heartbeatEvery.isZero() || !isDue) {
      return state;
    }
    lastBeatMillis = now;
    State beating = state.beating(now);
    write(beating);
    return beat(beating);
  }

  private State beat(State beating) throws IOException, InterruptedException {
    deliver(
        line(
            events.heartbeat(
                source, beating.beatMillis(), heartbeatEvery.toSeconds(), beating.next() - 1)));
    State done = beating.at(beating.place(), beating.next());
    write(done);
    return done;
  }

  /** Adds the event of a line; of one that is none a number is left out, so that it is missed. */
  private long add(byte[] line, long number, ByteArrayOutputStream batch) {
    try {
      Optional<JsonObject> event = events.event(line, number);
      event.ifPresent(one -> batch.writeBytes(line(one)));
      return event.isPresent() ? number + 1 : number;
    } catch (FormatException e) {
      say.accept(
          "a line of "
              + file
              + " is not an event of Dovecot's ("
              + e.getMessage()
              + "). The audit log will show a gap");
      return number + 1;
    }
  }

  private static byte[] line(JsonObject event) {
    return (event + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Waits longer from time to time: what is not sent stays in the file. Where it is refused as such
   * time after time, nothing but somebody's hand helps, and it ends.
   */
  private void deliver(byte[] batch) throws IOException, InterruptedException {
    long pause = AGAIN_FIRST_MS;
    int refused = 0;
    while (true) {
      try {
        target.send(batch).ifPresent(say);
        return;
      } catch (IOException e) {
        refused = e instanceof RefusedAnswerException one && one.isForGood() ? refused + 1 : 0;
        if (refused == REFUSED_MAX) {
          throw new IOException(
              "the audit log refuses what is sent: "
                  + reason(e)
                  + ". Nothing is lost. Fix the cause and run this again",
              e);
        }
        say.accept("the audit log accepts no events now: " + reason(e) + "; trying again");
        Thread.sleep(pause);
        pause = Math.min(AGAIN_MAX_MS, pause * 2);
      }
    }
  }

  /** An exception of the JDK's HTTP client may say nothing but its kind. */
  private static String reason(IOException e) {
    return Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
  }

  private State state() throws IOException {
    try {
      if (Files.exists(stateFile) && !Files.isRegularFile(stateFile)) {
        throw new IOException(stateFile + " is not a file. Name another with --state");
      }
      try (InputStream in = Files.newInputStream(stateFile)) {
        return State.parse(in.readNBytes(STATE_BYTES_MAX + 1));
      }
    } catch (NoSuchFileException e) {
      return State.fresh(clock.millis());
    } catch (FormatException e) {
      throw new IOException(
          stateFile + " is damaged. Delete it; then the whole file is sent again", e);
    }
  }

  private void write(State state) throws IOException {
    Path fresh = stateFile.resolveSibling(stateFile.getFileName() + ".new");
    // Whoever writes the folder may have laid a link there, to a file that is not his.
    Files.deleteIfExists(fresh);
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            Set.of(
                StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
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
  public static Optional<String> refused(JsonObject answer) throws FormatException {
    List<JsonObject> refused = answer.objects("refused");
    if (refused.isEmpty()) {
      return Optional.empty();
    }
    JsonObject first = refused.getFirst();
    return Optional.of(
        "%d events were refused and are in quarantine. The first: %s, %s"
            .formatted(refused.size(), first.string("code"), first.string("detail")));
  }
}
