package dev.counterfoil.operations.containment;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The signers of a domain, when somebody fears for one and names none: what is known of each, and
 * which are meant. Those are all with whose keys forged tokens were seen, also keys of a log that
 * ended, as long as a key of the same log is trusted: a theft takes all of them; else all of whose
 * keys that is not known, since what was seen is lost; else the one that was contained within the
 * hour; else the one that issues.
 */
public final class SuspectSigners {
  /**
   * What is known of a signer.
   *
   * @param name of it
   * @param log that it has; empty when it does not say
   * @param issues whether it is the one that issues
   * @param kids its keys that are trusted; empty where the key log cannot be read
   * @param forged how many forged tokens were found of them; empty when the monitor does not say
   * @param unclear how many of those may be honest tokens of the log's other history
   * @param withRevoked how many were found of keys of it that are revoked
   * @param stolenLogs those that have trusted keys, and of one of whose keys forged tokens were
   *     seen
   * @param lostBefore what was seen of them before then is lost; empty when nothing says so
   */
  record Suspect(
      String name,
      Optional<String> log,
      boolean issues,
      Optional<List<String>> kids,
      Optional<Long> forged,
      long unclear,
      long withRevoked,
      Set<String> stolenLogs,
      Optional<Instant> lostBefore) {
    Suspect {
      kids = kids.map(List::copyOf);
      stolenLogs = Set.copyOf(stolenLogs);
    }

    /** A line for people. */
    public String text() {
      return "%-4s %-10s %-14s %-9s %s"
          .formatted(
              name,
              issues ? "issues" : log.isPresent() ? "stands by" : "silent",
              log.map(of -> "log " + of).orElse("log unknown"),
              kids.map(all -> all.size() == 1 ? "1 key" : all.size() + " keys")
                  .orElse("keys unknown"),
              kids.isEmpty()
                  ? "the key log cannot be read"
                  : forged.map(this::seen).orElse("the monitor does not report what was seen"));
    }

    private String seen(long count) {
      String lost =
          lostBefore
              .map(at -> ". WHAT WAS SEEN BEFORE " + shown(at) + " AND LOST IS NOT COUNTED")
              .orElse("");
      return tokens(count, "with these")
          + (unclear == 0
              ? ""
              : ", of which " + unclear + " may be honest, because the log has two histories")
          + (withRevoked == 0 ? "" : ", " + tokens(withRevoked, "with its revoked keys"))
          + lost
          + (count > 0 || stolenLogs.isEmpty()
              ? ""
              : ". THESE MAY BE STOLEN: one theft takes all keys of log "
                  + stolenLogs.stream().sorted().collect(Collectors.joining(" and ")));
    }

    private static String tokens(long count, String which) {
      return (count == 0
              ? "no forged token was seen "
              : count == 1 ? "1 FORGED TOKEN was seen " : count + " FORGED TOKENS were seen ")
          + which;
    }
  }

  /** Nobody can tell which signer is meant. */
  public static final class UnclearException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private UnclearException(String message) {
      super(message);
    }
  }

  private final Optional<List<KeySet.RevokedKey>> revoked;
  private final Instant now;
  private final List<Suspect> all;

  /**
   * What is known.
   *
   * @param revoked keys that are revoked; empty where the key log cannot be read
   */
  SuspectSigners(Optional<List<KeySet.RevokedKey>> revoked, Instant now, List<Suspect> all) {
    this.revoked = revoked.map(List::copyOf);
    this.now = now;
    this.all = List.copyOf(all);
  }

  /**
   * Asks each signer and the monitor.
   *
   * @param keys what the key log says; empty where it cannot be read
   */
  public static SuspectSigners of(Context context, Optional<KeySet> keys, Instant now)
      throws InterruptedException {
    Optional<ForgedKeys> forged =
        keys.flatMap(
            set ->
                ForgedKeys.seen(
                    new MonitorAdmin(context.monitor().adminSocket().path()), set, now));
    List<Suspect> all = new ArrayList<>();
    boolean issuing = false;
    for (String name : context.signerNames()) {
      Optional<JsonObject> status = status(context, name);
      boolean issues = !issuing && status.map(SuspectSigners::isReady).orElse(false);
      issuing |= issues;
      Optional<List<String>> kids = keys.map(set -> kids(name, set, now));
      all.add(
          new Suspect(
              name,
              status.flatMap(SuspectSigners::log),
              issues,
              kids,
              forged.map(seen -> seen.with(kids.orElse(List.of()))),
              forged.map(seen -> seen.unclearWith(kids.orElse(List.of()))).orElse(0L),
              keys.flatMap(set -> forged.map(seen -> seen.with(revoked(name, set)))).orElse(0L),
              keys.flatMap(set -> forged.map(seen -> seen.stolenLogs(name, set, now)))
                  .orElse(Set.of()),
              forged
                  .filter(
                      seen ->
                          keys.stream()
                              .map(set -> seen.forgotten(set, Optional.of(name), now))
                              .anyMatch(kept -> !kept.isEmpty()))
                  .flatMap(ForgedKeys::lostBefore)));
    }
    return new SuspectSigners(keys.map(KeySet::revokedKeys), now, all);
  }

  private static String shown(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static Optional<JsonObject> status(Context context, String name)
      throws InterruptedException {
    if (context.signer(name).filter(one -> Files.exists(one.adminSocket().path())).isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new OperatorClient(context, name).signerStatus());
    } catch (OperatorException e) {
      // It is down, or will not answer: what is known of it otherwise is shown.
      return Optional.empty();
    }
  }

  private static boolean isReady(JsonObject status) {
    return status.get("ready") instanceof Boolean ready && ready;
  }

  private static Optional<String> log(JsonObject status) {
    try {
      return Optional.of(status.object("log").string("name")).filter(TokenId::isLogName);
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  private static List<String> revoked(String signer, KeySet keys) {
    return keys.revokedKeys().stream()
        .filter(key -> LogName.isOf(signer, key.log()))
        .map(KeySet.RevokedKey::kid)
        .distinct()
        .toList();
  }

  private static List<String> kids(String signer, KeySet keys, Instant now) {
    Set<String> revoked =
        keys.revokedKeys().stream().map(KeySet.RevokedKey::kid).collect(Collectors.toSet());
    return keys.keys().stream()
        .filter(key -> key.log().filter(log -> LogName.isOf(signer, log)).isPresent())
        .filter(key -> now.isBefore(key.verifyUntil()))
        .map(KeyStatement::kid)
        .filter(kid -> !revoked.contains(kid))
        .toList();
  }

  /** A line for each. */
  public String text() {
    return all.stream().map(one -> "  " + one.text() + "\n").collect(Collectors.joining());
  }

  /** What to do about those that do not say how they are; empty where all do. */
  public String silentHint() {
    return all.stream()
        .filter(one -> one.log().isEmpty())
        .map(one -> "If %1$s's key was stolen, name %1$s.\n".formatted(one.name()))
        .collect(Collectors.joining());
  }

  /**
   * What is said where the monitor does not tell whose keys signed forged tokens, or has lost what
   * was seen.
   *
   * @param meant those that are replaced nevertheless
   */
  public Optional<String> withoutMonitor(List<String> meant) {
    Optional<Instant> lost = all.stream().flatMap(one -> one.lostBefore().stream()).findFirst();
    if (lost.isPresent()) {
      return Optional.of(
          "the monitor may have lost what it saw before "
              + shown(lost.get())
              + " (counterfoil findings). It is not known with whose keys more forged tokens were"
              + " seen until then. This replaces signer "
              + String.join(" and ", meant));
    }
    return all.stream().anyMatch(one -> one.forged().isPresent())
        ? Optional.empty()
        : Optional.of(
            "it is not known whose keys signed forged tokens, because the monitor or the key log"
                + " does not answer. This replaces signer "
                + String.join(" and ", meant)
                + ". If another signer's key was stolen, run this command with its name. A"
                + " token's jti begins with its signer's name");
  }

  /**
   * Those that are meant: the ones that stand by come first, so that the one that issues does so
   * while they are replaced.
   *
   * @throws UnclearException when nobody can tell
   */
  public List<String> meant() {
    List<String> forged = those(one -> one.forged().orElse(0L) > 0 || !one.stolenLogs().isEmpty());
    if (!forged.isEmpty()) {
      return forged;
    }
    // That none was seen since is no ground to leave one out.
    List<String> forgotten = those(one -> one.lostBefore().isPresent());
    if (!forgotten.isEmpty()) {
      return forgotten;
    }
    if (revoked.isEmpty()) {
      throw new UnclearException(
          "without the key log, this command cannot tell which signer was contained"
              + " already. Name one. A token's jti begins with its signer's name\n"
              + text());
    }
    return containedLast(revoked.get())
        .or(() -> all.stream().filter(Suspect::issues).map(Suspect::name).findFirst())
        .map(List::of)
        .orElseThrow(
            () ->
                new UnclearException(
                    (withoutMonitor(List.of()).isPresent()
                            ? "the monitor does not report forged tokens, and "
                            : "")
                        + "none of the domain's signers reports that it issues. Name one. A"
                        + " token's jti begins with its signer's name\n"
                        + text()));
  }

  private List<String> those(Predicate<Suspect> which) {
    return all.stream()
        .filter(which)
        .sorted(Comparator.comparing(Suspect::issues))
        .map(Suspect::name)
        .toList();
  }

  /** Whose keys were revoked last, within the hour: saying it again is about the same one. */
  private Optional<String> containedLast(List<KeySet.RevokedKey> keys) {
    Instant since = now.minus(FoundContainment.SAME_WITHIN);
    return keys.stream()
        .filter(key -> key.at().isAfter(since))
        .sorted(Comparator.comparing(KeySet.RevokedKey::at).reversed())
        .flatMap(
            key -> all.stream().map(Suspect::name).filter(name -> LogName.isOf(name, key.log())))
        .findFirst();
  }
}
