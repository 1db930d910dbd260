package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.KeyTexts;
import dev.counterfoil.format.alarm.KeyAlarm;
import dev.counterfoil.format.alarm.KeyAlarms;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyHistory.Life;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.KeyAudit;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;

/** Mirrors the key log, verifies it from the root down, and draws each key's life. */
@Command(
    name = "list",
    description = {
      "Draws each key's life as a line in time, with its scope and what is overdue.",
      "The key log is read from the authority and verified from the root in the policy down.",
      "Exit code 0: it verifies and is fresh; 1: it does not, or no window of the root"
          + " is valid now."
    })
final class KeysListCommand extends InstallationCommand {
  private final InstantSource clock = InstantSource.system();

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "Start from this policy instead of an installation's.")
  private @Nullable Path policyFile;

  @Option(
      names = "--history",
      description = "All keys that ever existed, including withdrawn ones.")
  private boolean history;

  @Override
  public Integer call() {
    TrustPolicy policy =
        policyFile != null ? InstallationOptions.readPolicy(policyFile) : installation.policy();
    Instant now = clock.instant();
    KeyAudit audit = FetchedKeys.audit(policy, now);
    List<KeyAlarm> alarms = new ArrayList<>(KeyAlarms.of(audit.keySet(), now));
    KeyAlarms.silence(audit.asOf(), now, Duration.ZERO).ifPresent(alarms::add);
    List<Life> lives =
        audit.history().lives().stream()
            .filter(life -> history || life.withdrawn().isEmpty())
            .toList();
    if (json) {
      JsonLine.print(json(audit.keySet(), lives, alarms));
    } else {
      print(System.out, audit, lives, alarms, now);
    }
    return alarms.stream().anyMatch(KeysListCommand::refusesAll) ? ExitCode.NO : ExitCode.OK;
  }

  private static boolean refusesAll(KeyAlarm alarm) {
    return alarm.urgency() == KeyAlarm.Urgency.OUTAGE
        && (alarm.kind() == KeyAlarm.Kind.CEREMONY_DUE
            || alarm.kind() == KeyAlarm.Kind.KEY_LOG_SILENT);
  }

  private static JsonObject json(KeySet keys, List<Life> lives, List<KeyAlarm> alarms) {
    return keys.toJson()
        .with("lives", lives.stream().map(KeyTexts::json).toList())
        .with("alarms", alarms.stream().map(KeyTexts::json).toList());
  }

  static void print(
      PrintStream out, KeyAudit audit, List<Life> lives, List<KeyAlarm> alarms, Instant now) {
    KeySet keys = audit.keySet();
    out.printf(
        "Domain %s, issuer %s%nKey log of size %d as of %s, verified from the root%n%n",
        keys.domain(), keys.issuer(), keys.version(), audit.asOf());
    KeyTimeline timeline = new KeyTimeline(lives, now);
    out.printf("%s%n%s%n", KeyTimeline.LEGEND, timeline.scale());
    lines(lives)
        .forEach(
            (ring, some) -> {
              out.printf("%n%s%n", ring);
              for (Life life : some) {
                out.printf(
                    "  %s%n    %s  %s%n    %s%n",
                    timeline.line(life),
                    life.key().kid(),
                    timeline.state(life),
                    KeyTexts.scope(life.key()));
              }
            });
    out.println();
    for (KeySet.RotationPause pause : keys.pauses()) {
      if (now.isBefore(pause.until())) {
        out.printf(
            "Rotation of log %s is paused until %s, requested by %s%n",
            pause.log(), pause.until(), pause.by());
      }
    }
    for (KeySet.EndedLog ended : keys.endedLogs()) {
      out.printf(
          "Log %s has ended at size %d (%s)%s%n",
          ended.log(),
          ended.size(),
          ended.reason().text(),
          ended.successor().map(next -> ", followed by " + next).orElse(""));
    }
    KeyTexts.auditLogs(keys).forEach(out::println);
    long withdrawn =
        audit.history().lives().stream().filter(l -> l.withdrawn().isPresent()).count();
    if (withdrawn > 0) {
      out.printf(
          "%s withdrawn and no longer trusted (--history)%n",
          withdrawn == 1 ? "1 key was" : withdrawn + " keys were");
    }
    if (!keys.revokedTokens().isEmpty()) {
      out.println("Single tokens revoked: " + keys.revokedTokens().size());
    }
    for (KeyAlarm alarm : alarms) {
      out.println(red("%-8s %s".formatted(alarm.urgency(), alarm)));
    }
  }

  /** Rings of each log, each with its keys in the order in which they sign. */
  static Map<String, List<Life>> lines(List<Life> lives) {
    Map<String, List<Life>> lines = new LinkedHashMap<>();
    lives.stream()
        .sorted(Comparator.comparing((Life life) -> life.key().activeFrom()))
        .forEach(
            life ->
                lines
                    .computeIfAbsent(
                        life.key().ring() + ", " + KeyTexts.text(life.key().record()),
                        ring -> new ArrayList<>())
                    .add(life));
    return lines;
  }

  /** Red where a terminal shows colours, and else as it is. */
  private static String red(String text) {
    boolean isTerminal =
        Optional.ofNullable(System.console()).filter(java.io.Console::isTerminal).isPresent()
            && System.getenv("NO_COLOR") == null;
    return isTerminal ? Ansi.ON.string("@|bold,red " + text.replace("|@", "| @") + "|@") : text;
  }
}
