package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.KeyTexts;
import dev.counterfoil.cli.command.LogPlace;
import dev.counterfoil.cli.command.ReplayedKeyLog;
import dev.counterfoil.cli.command.TimeText;
import dev.counterfoil.cli.command.TokenFile;
import dev.counterfoil.cli.compromise.CompromiseCommand;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyHistory;
import dev.counterfoil.format.keylog.KeyHistory.Interval;
import dev.counterfoil.format.keylog.KeyHistory.Life;
import dev.counterfoil.format.keylog.KeyHistory.Objection;
import dev.counterfoil.format.keylog.StatedAuditLog;
import dev.counterfoil.format.keylog.StatedDisclosureKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.verifier.KeyAudit;
import dev.counterfoil.verifier.KeyAudit.TokenVerdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Replays a key log: which key was allowed to sign what, when. */
@Command(
    name = "audit",
    description = {
      "Replays the key log: which key was allowed to sign what, and when.",
      "It verifies every entry from the root in the policy down, and reads only the"
          + " authority's key log or a copy. With --token, or with --kid and --at, it"
          + " answers one question: was this key allowed to sign this, at that time? Exit"
          + " code 0: the log verifies, and the answer is yes; 1: it does not verify, the"
          + " answer is no, or what the key signed was taken back since."
    })
final class KeysAuditCommand extends InstallationCommand {
  /** A live key log has a new head every few seconds; this is several of them. */
  static final Duration LATER_HEAD_MAX = Duration.ofSeconds(20);

  private static final Duration READ_AGAIN = Duration.ofMillis(500);

  /** A folder whose head is older than this is a copy, and no later head comes into it. */
  private static final Duration WRITTEN_WITHIN = Duration.ofSeconds(30);

  private final InstantSource clock;
  private final Pause pause;

  /** Lets time pass. */
  @FunctionalInterface
  interface Pause {
    void of(Duration time) throws InterruptedException;
  }

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR|FILE|URL",
      description =
          "The key log: its public folder or a copy of it, an archive that log export wrote, or its URL (default: the policy's issuer).")
  private @Nullable String where;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "Start from this policy instead of an installation's.")
  private @Nullable Path policyFile;

  @Option(
      names = "--token",
      paramLabel = "FILE",
      description = "A token, or - for standard input: was its key allowed to sign it at its date?")
  private @Nullable String tokenFile;

  @Option(names = "--kid", paramLabel = "KID", description = "Only this key, by its thumbprint.")
  private @Nullable String kid;

  @Option(
      names = "--at",
      paramLabel = "TIME",
      description = "With --kid: was it allowed to sign at this time? " + TimeText.PAST + ".")
  private @Nullable String at;

  KeysAuditCommand() {
    this(InstantSource.system(), Thread::sleep);
  }

  KeysAuditCommand(InstantSource clock, Pause pause) {
    this.clock = clock;
    this.pause = pause;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (at != null && kid == null) {
      throw CommandFailure.environment("--at asks about one key. Name it with --kid");
    }
    if (tokenFile != null && (kid != null || at != null)) {
      throw CommandFailure.environment(
          "--token already names a key and a time. Leave out --kid and --at");
    }
    Optional<Instant> time =
        Optional.ofNullable(at).map(text -> TimeText.past("--at", text, clock.instant()));
    Optional<String> token = Optional.ofNullable(tokenFile).map(TokenFile::read);
    TrustPolicy policy =
        policyFile != null ? InstallationOptions.readPolicy(policyFile) : installation.policy();
    KeyAudit audit = read(policy);
    if (token.isEmpty() && time.isEmpty()) {
      return lives(audit);
    }
    TokenVerdict verdict = verdict(audit, token, time);
    Instant until = clock.instant().plus(LATER_HEAD_MAX);
    boolean said = false;
    while (isCoveredSoon(audit, verdict) && clock.instant().isBefore(until)) {
      if (!said && !json && CompromiseCommand.isTerminal()) {
        System.err.println("Waiting for a head of the key log of " + verdict.issuedAt() + " ...");
      }
      said = true;
      pause.of(READ_AGAIN);
      audit = read(policy);
      verdict = verdict(audit, token, time);
    }
    return answer(audit, verdict);
  }

  /**
   * Whether what was asked about is younger than the head, and a later head is on its way: a token
   * of this second is no reason to say that nothing is known yet.
   */
  private boolean isCoveredSoon(KeyAudit audit, TokenVerdict verdict) {
    Instant now = clock.instant();
    return verdict.issuedAt().isAfter(audit.asOf())
        && !verdict.issuedAt().isAfter(now.plus(LATER_HEAD_MAX))
        && isLive(audit, now);
  }

  private boolean isLive(KeyAudit audit, Instant now) {
    if (where == null || LogPlace.isUrl(where)) {
      return true;
    }
    return Files.isDirectory(Path.of(where)) && audit.asOf().plus(WRITTEN_WITHIN).isAfter(now);
  }

  private KeyAudit read(TrustPolicy policy) {
    return where == null
        ? FetchedKeys.audit(policy, clock.instant())
        : ReplayedKeyLog.read(policy, where, clock.instant());
  }

  private TokenVerdict verdict(KeyAudit audit, Optional<String> token, Optional<Instant> time) {
    if (token.isPresent()) {
      try {
        return audit.judge(token.get());
      } catch (FormatException e) {
        throw CommandFailure.environment(
            tokenFile + " contains no token in the form that is issued here: " + e.getMessage());
      }
    }
    String asked = Objects.requireNonNull(kid);
    Optional<Objection> then = audit.history().objection(asked, time.orElseThrow());
    return new TokenVerdict(
        asked,
        time.orElseThrow(),
        then,
        then.isEmpty() ? audit.history().since(asked, Optional.empty()) : Optional.empty());
  }

  private int answer(KeyAudit audit, TokenVerdict verdict) {
    boolean unknownYet = verdict.issuedAt().isAfter(audit.asOf());
    if (json) {
      JsonObject.Builder said =
          JsonObject.builder()
              .put("kid", verdict.kid())
              .put("at", verdict.issuedAt().getEpochSecond())
              .put("allowed_then", verdict.then().isEmpty())
              .put("taken_back_since", verdict.since().isPresent())
              .put("known_until", audit.asOf().getEpochSecond());
      verdict
          .then()
          .or(verdict::since)
          .ifPresent(why -> said.put("reason", why.reason().code()).put("text", why.text()));
      JsonLine.print(said.build());
    } else if (verdict.then().isPresent()) {
      System.out.printf(
          "NOT ALLOWED  key %s at %s: %s%n",
          verdict.kid(), verdict.issuedAt(), verdict.then().get().text());
    } else if (verdict.since().isPresent()) {
      System.out.printf(
          "ALLOWED THEN, TAKEN BACK SINCE  key %s at %s: %s%n",
          verdict.kid(), verdict.issuedAt(), verdict.since().get().text());
    } else {
      System.out.printf("ALLOWED  key %s at %s%n", verdict.kid(), verdict.issuedAt());
    }
    if (unknownYet) {
      System.err.println(
          "Error: this key log ends at "
              + audit.asOf()
              + ", before the time that you asked about. Read a later copy");
    }
    return verdict.then().isEmpty() && verdict.since().isEmpty() && !unknownYet
        ? ExitCode.OK
        : ExitCode.NO;
  }

  private int lives(KeyAudit audit) {
    KeyHistory history = audit.history();
    List<Life> lives =
        history.lives().stream()
            .filter(life -> kid == null || life.key().kid().equals(kid))
            .toList();
    if (kid != null && lives.isEmpty()) {
      throw CommandFailure.environment(
          "key " + kid + " was never stated. To see the keys that were, leave out --kid");
    }
    if (json) {
      JsonLine.print(
          JsonObject.builder()
              .put("domain", audit.keySet().domain())
              .put("issuer", audit.keySet().issuer())
              .put("size", history.size())
              .put("as_of", audit.asOf().getEpochSecond())
              .put("keys", lives.stream().map(KeyTexts::json).toList())
              .put(
                  "audit_logs",
                  audit.keySet().auditLogs().stream().map(StatedAuditLog::toJson).toList())
              .put(
                  "ended_audit_logs",
                  audit.keySet().endedAuditLogs().stream()
                      .map(StatedAuditLog.Ended::toJson)
                      .toList())
              .put(
                  "disclosure_keys",
                  audit.keySet().disclosureKeys().stream()
                      .map(StatedDisclosureKey::toJson)
                      .toList())
              .build());
      return ExitCode.OK;
    }
    System.out.printf(
        "VERIFIED  key log of %s, %d entries, up to %s, from the root down%n",
        audit.keySet().issuer(), history.size(), audit.asOf());
    KeysListCommand.lines(lives)
        .forEach(
            (ring, some) -> {
              System.out.printf("%n%s%n", ring);
              some.forEach(KeysAuditCommand::print);
            });
    if (kid == null) {
      List<String> others = KeyTexts.othersKeys(audit.keySet());
      if (!others.isEmpty()) {
        System.out.println();
        others.forEach(System.out::println);
      }
    }
    return ExitCode.OK;
  }

  private static void print(Life life) {
    System.out.printf(
        "  %s%n    stated %s as entry %d; %s%n",
        life.key().kid(), life.statedAt(), life.index(), KeyTexts.scope(life.key()));
    if (life.allowed().isEmpty()) {
      System.out.println("    was allowed to sign at no time");
    }
    for (Interval interval : life.allowed()) {
      System.out.printf(
          "    was allowed to sign from %s until %s%n", interval.from(), interval.until());
    }
    life.retired().ifPresent(key -> System.out.println("    retired " + key.at()));
    life.tainted()
        .ifPresent(key -> System.out.printf("    tainted %s, from %s on%n", key.at(), key.from()));
    life.revoked()
        .ifPresent(
            key ->
                System.out.printf(
                    "    revoked %s, from position %d of log %s on%n",
                    key.at(), key.from(), key.log()));
    life.withdrawn()
        .ifPresent(
            key -> System.out.printf("    withdrawn %s (%s)%n", key.at(), key.reason().text()));
    life.logEnded()
        .ifPresent(
            log -> System.out.printf("    its log ended %s at size %d%n", log.at(), log.size()));
  }
}
