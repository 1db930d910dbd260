package dev.counterfoil.cli;

import dev.counterfoil.format.AllowList;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.RecordForm;
import dev.counterfoil.format.TrustPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What there is of keys. */
@Command(
    name = "keys",
    mixinStandardHelpOptions = true,
    description = "Shows the keys of a trust domain, who has them, and takes trust away.",
    subcommands = {
      KeysCommand.ListKeys.class,
      KeysCanaryCommand.class,
      KeysReadinessCommand.class,
      KeysReportCommand.class,
      KeysRevokeCommand.class
    })
final class KeysCommand {
  private KeysCommand() {}

  /** Mirrors the key log, verifies it from the root down, and draws each key's life. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = {
        "Lists the keys of a trust domain: what each may sign, its life as a line in time, what is revoked.",
        "The key log is read from the authority and verified from the root in the policy down."
      })
  static final class ListKeys implements Callable<Integer> {
    private static final int LINE_CHARACTERS = 48;

    private final InstantSource clock = InstantSource.system();

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli fills it before the call
    private InstallationOptions installation;

    @Option(
        names = "--policy",
        paramLabel = "FILE",
        description = "Start from this policy instead of an installation's.")
    private @Nullable Path policyFile;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws InterruptedException {
      TrustPolicy policy =
          policyFile != null ? InstallationOptions.readPolicy(policyFile) : installation.policy();
      try {
        KeySet keys = PublishedKeys.fetch(policy);
        if (json) {
          System.out.println(keys.toJson());
        } else {
          print(keys);
        }
        return ExitCode.OK;
      } catch (FormatException e) {
        System.err.println("counterfoil: the key log does not verify: " + e.getMessage());
        return ExitCode.NO;
      }
    }

    private void print(KeySet keys) {
      Instant now = clock.instant();
      System.out.printf(
          "Domain %s, issuer %s%nKey log of size %d as of %s, verified from the root%n%n",
          keys.domain(), keys.issuer(), keys.version(), keys.asOf());
      for (KeyStatement key : keys.keys()) {
        System.out.printf(
            "%s  %s for %s, %s, %s custody (%s)%s%n",
            key.kid(),
            key.jwk().algorithm().jose(),
            key.purpose(),
            text(key.record()),
            key.custody(),
            key.assurance().text(),
            key.binding() == KeyStatement.Binding.REQUIRED ? ", bound tokens only" : "");
        System.out.printf(
            "  signs %s for tenants %s and audiences %s, for at most %s%n",
            text(key.tokenTypes()),
            text(key.tenants()),
            text(key.audiences()),
            text(key.lifeMax()));
        System.out.printf("  %s%n", line(key, now));
        System.out.printf(
            "  signs from %s until %s, its tokens end by %s%n",
            key.activeFrom(), key.activeUntil(), key.verifyUntil());
        revocation(keys, key)
            .ifPresent(
                revoked ->
                    System.out.printf(
                        "  REVOKED at %s: tokens from position %d of log %s on are no good%n",
                        revoked.at(), revoked.from(), revoked.log()));
        System.out.println();
      }
      for (KeySet.EndedLog ended : keys.endedLogs()) {
        System.out.printf(
            "Log %s has ended at size %d (%s)%s%n",
            ended.log(),
            ended.size(),
            ended.reason().text(),
            ended.successor().map(next -> ", followed by " + next).orElse(""));
      }
      if (!keys.withdrawnKeys().isEmpty()) {
        System.out.println(
            "Withdrawn, trusted no more: " + String.join(", ", keys.withdrawnKeys()));
      }
      if (!keys.revokedTokens().isEmpty()) {
        System.out.println("Single tokens revoked: " + keys.revokedTokens().size());
      }
    }

    private static Optional<KeySet.RevokedKey> revocation(KeySet keys, KeyStatement key) {
      return keys.revokedKeys().stream()
          .filter(revoked -> revoked.kid().equals(key.kid()))
          .findFirst();
    }

    /** The key's life: {@code =} it signs, {@code -} its tokens still verify, {@code |} now. */
    static String line(KeyStatement key, Instant now) {
      Instant start = key.activeFrom().isBefore(now) ? key.activeFrom() : now;
      Instant end = key.verifyUntil().isAfter(now) ? key.verifyUntil() : now;
      long span = Math.max(1, Duration.between(start, end).toSeconds());
      StringBuilder line = new StringBuilder("[");
      int nowAt = (int) (Duration.between(start, now).toSeconds() * (LINE_CHARACTERS - 1) / span);
      for (int i = 0; i < LINE_CHARACTERS; i++) {
        Instant at = start.plusSeconds(span * i / (LINE_CHARACTERS - 1));
        char mark =
            at.isBefore(key.activeFrom()) || at.isAfter(key.verifyUntil())
                ? ' '
                : at.isBefore(key.activeUntil()) ? '=' : '-';
        line.append(i == nowAt ? '|' : mark);
      }
      return line.append("]  = signs  - its tokens verify  | now").toString();
    }

    private static String text(RecordForm record) {
      return switch (record) {
        case RecordForm.Position position -> "log " + position.log();
        case RecordForm.Digest digest -> "record log " + digest.log();
        case RecordForm.None none -> "RECORDED BY NOBODY, until " + none.until();
      };
    }

    private static String text(AllowList list) {
      return list.any() ? "any" : String.join(", ", List.copyOf(list.toJson()));
    }

    private static String text(Duration duration) {
      return duration.toMinutes() > 0 && duration.toSecondsPart() == 0
          ? duration.toMinutes() + " minutes"
          : duration.toSeconds() + " seconds";
    }
  }
}
