package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.cli.command.PolicyFile;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.log.tools.LogChecker;
import dev.counterfoil.log.tools.LogWatch;
import dev.counterfoil.log.tools.WatchSight;
import dev.counterfoil.log.tools.WatchState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Follows a log from outside. */
@Command(
    name = "watch",
    description = {
      "Watches a log, and stops if it forks, rolls back or stands still.",
      "On a fork, a rollback, an invalid signature, a missing quorum, changed tiles or"
          + " a stall it writes the checkpoints that prove it to a file and stops with exit"
          + " code 1.",
      "It keeps what it saw in a state file, so it notices these across restarts too."
          + " Keep that file away from the log's operator."
    })
final class LogWatchCommand extends PrintingCommand {
  @Parameters(paramLabel = LogPlace.LABEL, description = "The log: its URL, its folder, or a copy.")
  private String where;

  @Mixin private LogPlace place;

  @Option(
      names = "--state",
      paramLabel = "FILE",
      description = "The state file (default: log-watch-<hash of the origin>.json).")
  private @Nullable Path stateFile;

  @Option(
      names = "--every",
      paramLabel = "DURATION",
      defaultValue = "10s",
      converter = DurationText.class,
      description = "Time between two checks (default: ${DEFAULT-VALUE}).")
  private Duration every;

  @Option(
      names = "--stall",
      paramLabel = "DURATION",
      defaultValue = "1h",
      converter = DurationText.class,
      description =
          "How long the log may stay unchanged or unreadable; 0 for any time (default:"
              + " ${DEFAULT-VALUE}).")
  private Duration stall;

  @Option(
      names = "--evidence",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Folder for evidence files (default: the current one).")
  private Path evidence;

  @Option(names = "--once", description = "Check once and stop.")
  private boolean once;

  private final InstantSource clock = InstantSource.system();

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (every.isZero()) {
      throw CommandFailure.environment("--every takes at least 1ms");
    }
    try (LogPlace.Opened log = LogPlace.open(where)) {
      NoteKey key = place.key(log);
      Path state = stateFile == null ? defaultState(key) : stateFile;
      LogWatch watch =
          new LogWatch(log.source(), key, quorumRule(), readState(state, key), stall, clock);
      while (true) {
        Optional<Integer> end = look(watch, state, key);
        if (end.isPresent()) {
          return end.get();
        }
        Thread.sleep(every);
      }
    }
  }

  private LogChecker.CosignedRule quorumRule() {
    Optional<LogPolicy> policy = place.policy().map(PolicyFile::logs);
    return note -> policy.flatMap(logs -> LogPlace.lacks(logs, note));
  }

  /** One look; an exit code when it was the last. */
  private Optional<Integer> look(LogWatch watch, Path state, NoteKey key) throws IOException {
    return switch (watch.look()) {
      case WatchSight.Fine fine -> {
        if (fine.grew()) {
          // Kept before it is said: nobody acts on what a restart would forget.
          writeState(state, watch.state().orElseThrow());
        }
        if (fine.grew() || once) {
          sayFine(fine);
        }
        yield once ? Optional.of(ExitCode.OK) : Optional.empty();
      }
      case WatchSight.Unreadable unreadable -> {
        say("unreadable", unreadable.message(), Optional.empty());
        yield once ? Optional.of(ExitCode.UNAVAILABLE) : Optional.empty();
      }
      case WatchSight.Alarm alarm -> {
        Path file = writeEvidence(alarm, key);
        say(alarm.kind().code(), alarm.message(), Optional.of(file));
        yield Optional.of(ExitCode.NO);
      }
    };
  }

  private void sayFine(WatchSight.Fine fine) {
    print(
        JsonObject.builder()
            .put("time", clock.instant().toString())
            .put("what", "fine")
            .put("origin", fine.checkpoint().origin())
            .put("size", fine.checkpoint().size())
            .put("root", fine.checkpoint().root().base64())
            .put("cosigned_size", fine.cosigned().map(at -> at.size()).orElse(0L))
            .build(),
        "%s  size %d%s"
            .formatted(
                clock.instant(),
                fine.checkpoint().size(),
                fine.cosigned().map(at -> ", cosigned " + at.size()).orElse("")));
  }

  private void say(String what, String message, Optional<Path> file) {
    Instant now = clock.instant();
    if (json) {
      JsonObject.Builder line =
          JsonObject.builder()
              .put("time", now.toString())
              .put("what", what)
              .put("message", message);
      file.ifPresent(path -> line.put("evidence", path.toString()));
      JsonLine.print(line.build());
      return;
    }
    System.out.printf("%s  %s: %s%n", now, what, message);
    file.ifPresent(
        path ->
            System.out.println("The checkpoints that prove it are in " + path + ": keep them."));
  }

  private static Path defaultState(NoteKey key) {
    return Path.of("log-watch-" + originHash(key) + ".json");
  }

  private static String originHash(NoteKey key) {
    return Hash.sha256(key.name().getBytes(StandardCharsets.UTF_8)).hex().substring(0, 16);
  }

  private static Optional<WatchState> readState(Path file, NoteKey key) {
    try (InputStream in = Files.newInputStream(file)) {
      return Optional.of(WatchState.parse(in.readNBytes(WatchState.BYTES_MAX + 1), key));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw CommandFailure.environment("cannot read the state " + file + ": " + e.getMessage());
    } catch (FormatException e) {
      throw CommandFailure.environment(
          "%s is not the state of watching %s: %s".formatted(file, key.name(), e.getMessage()));
    }
  }

  private static void writeState(Path file, WatchState state) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.write(fresh, state.bytes());
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private Path writeEvidence(WatchSight.Alarm alarm, NoteKey key) throws IOException {
    Instant now = clock.instant();
    List<String> notes =
        alarm.notes().stream().map(note -> new String(note, StandardCharsets.UTF_8)).toList();
    JsonObject content =
        JsonObject.builder()
            .put("kind", alarm.kind().code())
            .put("message", alarm.message())
            .put("log_key", key.toString())
            .put("seen_at", now.toString())
            .put("seen_from", where)
            .put("notes", notes)
            .build();
    Files.createDirectories(evidence);
    Path file =
        evidence.resolve(
            "log-%s-%s-%d.json"
                .formatted(alarm.kind().code(), originHash(key), now.toEpochMilli()));
    Files.writeString(file, content + "\n");
    return file;
  }
}
