package dev.counterfoil.cli.log;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.cli.command.PolicyFile;
import dev.counterfoil.cli.command.PrintingCommand;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Re-derives a log from its entries. */
@Command(
    name = "check",
    description = {
      "Checks that what a log publishes follows from its entries.",
      "It recomputes every tile and the root from the entries, and compares every"
          + " available checkpoint with them.",
      "Without an argument it checks every log of the installation's domain, and"
          + " compares every counterfoil in the signer's journals with its leaf. A log that"
          + " cannot be checked, for example because its key is not stated yet, is named,"
          + " and the others are checked. INCOMPLETE means that the published part is sound"
          + " but the journal is missing or cannot be read, so its counterfoils cannot be"
          + " checked. Exit code 0: sound; 1: different, with the first place named; 4:"
          + " incomplete, and sound so far; 5: a sound log, but not one of Counterfoil's,"
          + " because its entries are something else."
    })
public final class LogCheckCommand extends PrintingCommand {
  @Parameters(
      arity = "0..1",
      paramLabel = LogPlace.LABEL,
      description =
          "A log's public folder, a copy of it, or the prefix of its URL, such as http://127.0.0.1:8480/logs/s1g1.")
  private @Nullable String where;

  @Mixin private LogPlace place;

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      description = "A signed checkpoint of the log that was kept. May be repeated.")
  private List<Path> checkpoints = new ArrayList<>();

  @Option(
      names = "--journal",
      paramLabel = "DIR",
      description = "The log's journal, to compare its counterfoils with the leaves.")
  private @Nullable Path journal;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      description =
          "How many runs of entries to check at a time (default: one for each core; 16"
              + " over HTTP).")
  private @Nullable Integer parallel;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (parallel != null && (parallel < 1 || parallel > LogChecker.THREADS_MAX)) {
      throw CommandFailure.environment("--parallel takes 1 to " + LogChecker.THREADS_MAX);
    }
    if (where == null) {
      if (journal != null || !checkpoints.isEmpty()) {
        throw CommandFailure.environment(
            "--journal and --checkpoint belong to one log. Name the log");
      }
      return checkInstallation();
    }
    try (LogPlace.Opened log = LogPlace.open(where)) {
      return check(log, Optional.ofNullable(journal));
    }
  }

  private int checkInstallation() throws IOException, InterruptedException {
    Path logs = place.installation().context().logFolder();
    List<Path> folders;
    try (Stream<Path> listed = Files.list(logs)) {
      folders = listed.filter(Files::isDirectory).sorted().toList();
    }
    if (folders.isEmpty()) {
      throw CommandFailure.environment("there is no log in " + logs + " yet");
    }
    int worst = ExitCode.OK;
    boolean isComplete = true;
    for (Path folder : folders) {
      try (LogPlace.Opened log = LogPlace.open(folder.toString())) {
        Journal records = journalOf(folder);
        isComplete &= records.unread().isEmpty();
        worst =
            Math.max(
                worst,
                records.unread().isEmpty()
                    ? check(log, records.at())
                    : checkPublished(log, records));
      } catch (LogPlace.UnknownKeyException e) {
        // Such as one that has just begun, whose key nobody has stated yet: the others are checked.
        isComplete = false;
        sayNotChecked(
            folder.toString(),
            e,
            ". The key of a new log is stated within minutes. Then run this again.");
      } catch (CommandFailure e) {
        isComplete = false;
        sayNotChecked(folder.toString(), e, ".");
      }
    }
    return worst == ExitCode.OK && !isComplete ? ExitCode.UNAVAILABLE : worst;
  }

  private void sayNotChecked(String name, CommandFailure failure, String end) {
    String why = String.valueOf(failure.getMessage());
    print(
        JsonObject.builder().put("log", name).put("checked", false).put("reason", why).build(),
        "NOT CHECKED  %s%n  %s%s".formatted(name, why, end));
  }

  /**
   * Where a log's counterfoils are.
   *
   * @param at the journal; empty for a log that has none
   * @param unread why it cannot be looked at
   * @param isMissing whether it is nowhere, so that a copy can stand in for it
   */
  private record Journal(Optional<Path> at, Optional<String> unread, boolean isMissing) {}

  private Journal journalOf(Path folder) {
    String name = String.valueOf(folder.getFileName());
    if (name.equals(KeyLog.NAME)) {
      // Its entries are published in full.
      return new Journal(Optional.empty(), Optional.empty(), false);
    }
    Context context = place.installation().context();
    List<Path> places =
        Stream.of(context.recordJournal(name), context.journal(name))
            .flatMap(Optional::stream)
            .toList();
    Optional<Path> there = places.stream().filter(Files::isReadable).findFirst();
    return there.isPresent() ? new Journal(there, Optional.empty(), false) : unread(places);
  }

  /** One in a folder that this user may not enter is not known to be missing. */
  private static Journal unread(List<Path> places) {
    if (places.isEmpty()) {
      return new Journal(
          Optional.empty(), Optional.of("no signer of this installation has its journal"), true);
    }
    Optional<Path> barred = places.stream().filter(one -> !Files.notExists(one)).findFirst();
    return new Journal(
        Optional.empty(),
        Optional.of(
            barred
                .map(one -> "this user may not read its journal " + one)
                .orElseGet(() -> "its journal " + places.getLast() + " is missing")),
        barred.isEmpty());
  }

  /** What is published may be sound: whether its counterfoils are, nobody saw. */
  private int checkPublished(LogPlace.Opened log, Journal journal) throws InterruptedException {
    NoteKey key = place.key(log);
    return switch (check(log, key, Optional.empty(), LogPlace.entryForm(key))) {
      case LogCheck.Sound sound -> {
        print(incompleteJson(log.name(), sound, journal), incompleteText(sound, journal));
        yield ExitCode.OK;
      }
      case LogCheck.Different different -> report(log.name(), different, false);
    };
  }

  private static String incompleteText(LogCheck.Sound sound, Journal journal) {
    return """
        INCOMPLETE  %s
          What is published is sound: %s, %s, root %s
          No counterfoil was checked: %s. %s"""
        .formatted(
            sound.checkpoint().origin(),
            entries(sound),
            tiles(sound),
            sound.checkpoint().root().base64(),
            journal.unread().orElseThrow(),
            journal.isMissing()
                ? "A custodian's copy of the log can replace it (docs/operate/custodian.md)."
                : "Run this again as a user who may.");
  }

  /** It has no {@code sound}: a script that asks for it is told neither. */
  private static JsonObject incompleteJson(String name, LogCheck.Sound sound, Journal journal) {
    return JsonObject.builder()
        .put("log", name)
        .put("checked", false)
        .put("reason", journal.unread().orElseThrow())
        .put("published", toJson(name, sound))
        .build();
  }

  private int check(LogPlace.Opened log, Optional<Path> records)
      throws IOException, InterruptedException {
    NoteKey key = place.key(log);
    LogPlace.refuseJournalOf(key, records);
    LogCheck result = check(log, key, records, LogPlace.entryForm(key));
    if (where != null
        && result instanceof LogCheck.Different different
        && different.kind() == LogCheck.Kind.ENTRY_MALFORMED
        && different.position() == 0
        && records.isEmpty()
        && place.mayBeForeign()) {
      // Whatever its entries are, they are what its key signed, or they are not.
      LogCheck asItIs = check(log, key, records, LogChecker.EntryForm.ANY);
      if (asItIs instanceof LogCheck.Sound sound) {
        print(foreignJson(log.name(), sound), foreignText(sound));
        return ExitCode.FOREIGN;
      }
      return report(log.name(), asItIs, false);
    }
    return report(log.name(), result, records.isPresent());
  }

  private LogCheck check(
      LogPlace.Opened log, NoteKey key, Optional<Path> records, LogChecker.EntryForm form) {
    try (ProgressBar bar = bar("checking")) {
      LogChecker checker =
          new LogChecker(
                  log.source(),
                  key,
                  Optional.empty(),
                  records.map(FileDisk::toRead),
                  (entries, total) -> bar.maxHint(total).stepTo(entries))
              .extending(kept(key))
              .threads(parallel == null ? LogPlace.threads(log) : parallel)
              .entries(form);
      useQuorum(checker);
      return checker.check();
    } catch (IOException e) {
      throw CommandFailure.unavailable(
          "cannot read the log at " + log.name() + ": " + e.getMessage());
    }
  }

  private static String entries(LogCheck.Sound sound) {
    return Shown.count(sound.checkpoint().size(), "entry", "entries");
  }

  private static String tiles(LogCheck.Sound sound) {
    return Shown.count(sound.tilesChecked(), "tile", "tiles");
  }

  private static String foreignText(LogCheck.Sound sound) {
    Checkpoint at = sound.checkpoint();
    return """
        NOT A LOG OF COUNTERFOIL'S  %s
          It is sound as it is: %s, %s, root %s.
          Its first entry is not a leaf of a token, so it contains no token. To copy or to watch it, see counterfoil log publish and counterfoil log watch."""
        .formatted(at.origin(), entries(sound), tiles(sound), at.root().base64());
  }

  private static JsonObject foreignJson(String name, LogCheck.Sound sound) {
    return toJson(name, sound).with("counterfoil", false);
  }

  private void useQuorum(LogChecker checker) {
    Optional<PolicyFile> policy = place.policy().filter(PolicyFile::hasQuorum);
    if (policy.isEmpty()) {
      return;
    }
    LogChecker.CosignedRule rule = note -> LogPlace.lacks(policy.get().logs(), note);
    if (place.isPolicyNamed()) {
      checker.mustBeCosigned(rule);
    } else {
      checker.cosigned(rule);
    }
  }

  private List<Checkpoint> kept(NoteKey key) {
    List<Checkpoint> kept = new ArrayList<>();
    for (Path file : checkpoints) {
      try (InputStream in = Files.newInputStream(file)) {
        kept.add(Checkpoint.verify(in.readNBytes(SignedNote.BYTES_MAX + 1), key));
      } catch (IOException e) {
        throw CommandFailure.environment("cannot read the checkpoint " + file);
      } catch (FormatException e) {
        throw CommandFailure.environment(
            file + " is not a checkpoint that the log's key signed: " + e.getMessage());
      }
    }
    return kept;
  }

  private int report(String name, LogCheck result, boolean withRecords) {
    return switch (result) {
      case LogCheck.Sound sound -> {
        print(toJson(name, sound), toText(sound, withRecords));
        yield ExitCode.OK;
      }
      case LogCheck.Different different -> {
        print(toJson(name, different), toText(name, different));
        yield ExitCode.NO;
      }
    };
  }

  private static String toText(LogCheck.Sound sound, boolean withRecords) {
    Checkpoint at = sound.checkpoint();
    return """
        SOUND  %s
          %s, %s, root %s
          %s
          %s"""
        .formatted(
            at.origin(),
            entries(sound),
            tiles(sound),
            at.root().base64(),
            sound.checkpointsExtended() == 0
                ? "no other checkpoint available"
                : "extends " + sound.checkpointsExtended() + " other checkpoints",
            withRecords
                ? sound.recordsChecked() + " counterfoils compared with their leaves"
                : at.origin().endsWith("/" + KeyLog.NAME)
                    ? "its entries are published in full: it has no counterfoils"
                    : "counterfoils not checked: the signer's journal is not available");
  }

  static String toText(String name, LogCheck.Different different) {
    return """
        DIFFERENT  %s
          %s at position %d, in %s
          expected  %s
          found     %s"""
        .formatted(
            name,
            different.kind().code(),
            different.position(),
            different.where(),
            different.expected(),
            different.found());
  }

  private static JsonObject toJson(String name, LogCheck.Sound sound) {
    return JsonObject.builder()
        .put("log", name)
        .put("sound", true)
        .put("origin", sound.checkpoint().origin())
        .put("size", sound.checkpoint().size())
        .put("root", sound.checkpoint().root().base64())
        .put("tiles", sound.tilesChecked())
        .put("checkpoints", sound.checkpointsExtended())
        .put("counterfoils", sound.recordsChecked())
        .build();
  }

  static JsonObject toJson(String name, LogCheck.Different different) {
    return JsonObject.builder()
        .put("log", name)
        .put("sound", false)
        .put("kind", different.kind().code())
        .put("position", different.position())
        .put("where", different.where())
        .put("expected", different.expected())
        .put("found", different.found())
        .put("description", different.description())
        .build();
  }

  /** A progress bar where somebody watches. */
  static ProgressBar bar(String task) {
    return bar(task, " entries");
  }

  /** One that counts something else. */
  public static ProgressBar bar(String task, String unit) {
    ProgressBarBuilder bar = new ProgressBarBuilder();
    if (!Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false)) {
      // Nobody watches: a pipe or a file would only keep the bar's every step.
      bar.setConsumer(new DelegatingProgressBarConsumer(line -> {}));
    }
    return bar.setTaskName(task)
        .setStyle(ProgressBarStyle.ASCII)
        .setUnit(unit, 1)
        .setUpdateIntervalMillis(200)
        .showSpeed()
        .continuousUpdate()
        .clearDisplayOnFinish()
        .build();
  }
}
