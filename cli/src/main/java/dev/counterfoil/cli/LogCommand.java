package dev.counterfoil.cli;

import dev.counterfoil.format.Checkpoint;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.HttpLogSource;
import dev.counterfoil.log.LogCheck;
import dev.counterfoil.log.LogChecker;
import dev.counterfoil.log.LogReader;
import dev.counterfoil.log.LogSource;
import java.io.Console;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
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

/** What can be done with a log. */
@Command(
    name = "log",
    mixinStandardHelpOptions = true,
    description = "Looks at a log.",
    subcommands = LogCommand.Check.class)
final class LogCommand {
  private LogCommand() {}

  /** Re-derives a log from its entries. */
  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = {
        "Re-derives every tile and the root of a log from its entries, and holds them against what is published.",
        "Without an argument it checks every log of the installation's domain, and every counterfoil of the",
        "signer's journals against its leaf. Exit code 0: sound; 1: different, with the first place named."
      })
  static final class Check implements Callable<Integer> {
    @Parameters(
        arity = "0..1",
        paramLabel = "DIR|URL",
        description =
            "A log's public folder, or the prefix of its URL, such as http://127.0.0.1:8480/logs/s1g1.")
    private @Nullable String where;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli fills it before the call
    private InstallationOptions installation;

    @Option(
        names = "--key",
        paramLabel = "VKEY",
        description = "The log's key (default: the one that the domain's key set states for it).")
    private @Nullable String vkey;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
      if (where == null) {
        return checkInstallation();
      }
      if (where.startsWith("http://") || where.startsWith("https://")) {
        try (HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build()) {
          return check(
              where,
              new HttpLogSource(http, URI.create(where), UnaryOperator.identity()),
              Optional.empty());
        }
      }
      Path folder = Path.of(where);
      if (!Files.isDirectory(folder)) {
        throw CommandFailure.environment(
            where + " is no folder: name a log's public folder or its URL");
      }
      try (LogReader reader = new LogReader(FileDisk.toRead(folder))) {
        return check(where, reader, Optional.empty());
      }
    }

    private int checkInstallation() throws IOException, InterruptedException {
      Path logs = installation.domainFolder().log();
      List<Path> folders;
      try (Stream<Path> listed = Files.list(logs)) {
        folders = listed.filter(Files::isDirectory).sorted().toList();
      }
      if (folders.isEmpty()) {
        throw CommandFailure.environment("there is no log in " + logs + " yet");
      }
      int worst = ExitCode.OK;
      for (Path folder : folders) {
        Path journal = installation.domainFolder().journal(String.valueOf(folder.getFileName()));
        Optional<Path> readable = Optional.of(journal).filter(Files::isReadable);
        try (LogReader reader = new LogReader(FileDisk.toRead(folder))) {
          worst = Math.max(worst, check(folder.toString(), reader, readable));
        }
      }
      return worst;
    }

    private int check(String name, LogSource source, Optional<Path> journal)
        throws IOException, InterruptedException {
      NoteKey key = key(source);
      LogCheck result;
      try (ProgressBar bar = bar()) {
        result =
            new LogChecker(
                    source,
                    key,
                    Optional.empty(),
                    journal.map(FileDisk::toRead),
                    (entries, total) -> bar.maxHint(total).stepTo(entries))
                .check();
      } catch (IOException e) {
        throw CommandFailure.unavailable("cannot read the log at " + name + ": " + e.getMessage());
      }
      return switch (result) {
        case LogCheck.Sound sound -> {
          Checkpoint at = sound.checkpoint();
          System.out.println(
              json
                  ? json(name, at, sound.recordsChecked())
                  : "SOUND  %s%n  %d entries, root %s%n  %s"
                      .formatted(
                          at.origin(),
                          at.size(),
                          at.root().base64(),
                          journal.isPresent()
                              ? sound.recordsChecked() + " counterfoils held against their leaves"
                              : "counterfoils not looked at: the signer's journal is not at hand"));
          yield ExitCode.OK;
        }
        case LogCheck.Different different -> {
          System.out.println(
              json
                  ? JsonObject.builder()
                      .put("log", name)
                      .put("sound", false)
                      .put("kind", different.kind().code())
                      .put("position", different.position())
                      .put("description", different.description())
                      .build()
                  : "DIFFERENT  %s%n  %s at position %d: %s"
                      .formatted(
                          name,
                          different.kind().code(),
                          different.position(),
                          different.description()));
          yield ExitCode.NO;
        }
      };
    }

    private static JsonObject json(String name, Checkpoint at, long records) {
      return JsonObject.builder()
          .put("log", name)
          .put("sound", true)
          .put("origin", at.origin())
          .put("size", at.size())
          .put("root", at.root().base64())
          .put("counterfoils", records)
          .build();
    }

    /**
     * The key that must have signed the checkpoint: given, or stated for the origin that the
     * checkpoint names.
     */
    private NoteKey key(LogSource source) throws IOException, InterruptedException {
      try {
        if (vkey != null) {
          return NoteKey.parse(vkey);
        }
        String origin =
            Checkpoint.parse(dev.counterfoil.format.SignedNote.parse(source.checkpoint()).text())
                .origin();
        return PublishedKeys.fetch(installation.policy()).logs().stream()
            .map(dev.counterfoil.format.KeySet.StatedLog::key)
            .filter(key -> key.name().equals(origin))
            .findFirst()
            .orElseThrow(
                () ->
                    CommandFailure.environment(
                        "no key is stated for log " + origin + ": name it with --key"));
      } catch (FormatException e) {
        throw CommandFailure.environment("the log or its key is not understood: " + e.getMessage());
      } catch (IOException e) {
        throw CommandFailure.unavailable("cannot read the log: " + e.getMessage());
      }
    }

    private static ProgressBar bar() {
      ProgressBarBuilder bar = new ProgressBarBuilder();
      if (!Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false)) {
        // Nobody watches: a pipe or a file would only keep the bar's every step.
        bar.setConsumer(new DelegatingProgressBarConsumer(line -> {}));
      }
      return bar.setTaskName("checking")
          .setStyle(ProgressBarStyle.ASCII)
          .setUnit(" entries", 1)
          .setUpdateIntervalMillis(200)
          .showSpeed()
          .continuousUpdate()
          .clearDisplayOnFinish()
          .build();
    }
  }
}
