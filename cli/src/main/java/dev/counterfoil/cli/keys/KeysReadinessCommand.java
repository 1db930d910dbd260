package dev.counterfoil.cli.keys;

import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.JsonLine;
import dev.counterfoil.cli.command.MonitorCommand;
import dev.counterfoil.cli.compromise.ContainmentScreen;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.operations.census.Census;
import dev.counterfoil.operations.census.Census.Standing;
import dev.counterfoil.operations.census.Census.Taken;
import dev.counterfoil.operations.census.FetchHints;
import dev.counterfoil.signerprotocol.SignerName;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/** Who has not fetched the next key, before it signs. */
@Command(
    name = "readiness",
    description = {
      "Shows which verifiers have the keys that are prepared.",
      "It shows this for each key that will sign, from what verifiers acknowledge to"
          + " the monitor. The keys of a warm spare are included, because they can sign at"
          + " any moment.",
      "Exit code 0: every verifier that reports has every prepared key; 1: some do"
          + " not, or are silent. Verifiers that never reported are named as unknown: nobody"
          + " knows what they have. As a hint, it shows who fetched the JWKS since a key"
          + " is in it."
    })
public final class KeysReadinessCommand extends MonitorCommand {
  private final InstantSource clock = InstantSource.system();

  @Override
  protected int ask() throws IOException, FormatException, InterruptedException {
    Instant now = clock.instant();
    List<KeyStatement> prepared = prepared(FetchedKeys.fetch(installation.policy()), now);
    Census census = Census.of(installation.context());
    FetchHints hints = FetchHints.of(installation.authoritySocket());
    List<JsonObject> keys = new ArrayList<>();
    boolean all = true;
    for (KeyStatement key : prepared) {
      Taken taken = census.take(said -> has(said, key));
      boolean ready = taken.count(Standing.NOT_YET) + taken.count(Standing.SILENT) == 0;
      all &= ready;
      if (json) {
        keys.add(
            JsonObject.builder()
                .put("kid", key.kid())
                .put("log", key.log().orElse(null))
                .put("stands_by", !now.isBefore(key.activeFrom()))
                .put("active_from", key.activeFrom().getEpochSecond())
                .put("verifiers", ContainmentScreen.json("acknowledged", taken))
                .put("jwks_fetch_hints", hints.toJson(key, now))
                .put("safe", ready && hints.overdue(key, now) == 0)
                .build());
      } else {
        print(census, key, taken, now);
        System.out.println(hints.text(key, now));
        System.out.println("  " + FetchHints.verdict(ready, hints.overdue(key, now)));
      }
    }
    if (json) {
      JsonLine.print(JsonObject.builder().put("ready", all).put("prepared", keys).build());
    } else if (prepared.isEmpty()) {
      System.out.println(
          "No key is waiting. The next one is created automatically when it is due.");
    }
    return all ? ExitCode.OK : ExitCode.NO;
  }

  /** Keys that do not sign yet: those whose time comes, and those of a signer that stands by. */
  static List<KeyStatement> prepared(KeySet keys, Instant now) {
    Set<String> gone =
        Stream.of(
                keys.revokedKeys().stream().map(KeySet.RevokedKey::kid),
                keys.taintedKeys().stream().map(KeySet.TaintedKey::kid),
                keys.retiredKeys().stream().map(KeySet.RetiredKey::kid),
                keys.withdrawnKeys().stream())
            .flatMap(kids -> kids)
            .collect(Collectors.toSet());
    return keys.keys().stream()
        .filter(key -> !gone.contains(key.kid()))
        .filter(key -> now.isBefore(key.activeFrom()) || standsBy(keys, key, now))
        .sorted(Comparator.comparing(KeyStatement::activeFrom))
        .toList();
  }

  private static boolean standsBy(KeySet keys, KeyStatement key, Instant now) {
    return !key.isForeign()
        && now.isBefore(key.activeUntil())
        && key.log()
            .filter(log -> !LogName.isOf(SignerName.FIRST, log))
            .filter(log -> keys.endedLogs().stream().noneMatch(end -> end.log().equals(log)))
            .isPresent();
  }

  private static boolean has(Acknowledgement said, KeyStatement key) {
    return said.keys().contains(key.kid());
  }

  private static void print(Census census, KeyStatement key, Taken taken, Instant now) {
    Duration left = Duration.between(now, key.activeFrom());
    System.out.printf(
        "key %s of log %s %s%n  acknowledged %d, not yet %d, silent %d, unknown" + " %d%n",
        key.kid(),
        key.log().orElse("-"),
        left.isPositive()
            ? "signs from %s on, in %d min".formatted(key.activeFrom(), left.toMinutes())
            : "stands by: it signs when the signers before its own cannot",
        taken.count(Standing.HOLDS),
        taken.count(Standing.NOT_YET),
        taken.count(Standing.SILENT),
        taken.count(Standing.UNKNOWN));
    new ContainmentScreen(census, said -> has(said, key), "acknowledged", System.out, false)
        .name(taken, null);
  }
}
