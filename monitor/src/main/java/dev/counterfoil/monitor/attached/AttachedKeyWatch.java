package dev.counterfoil.monitor.attached;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.monitor.attached.IssuerKeys.Published;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingStore;
import dev.counterfoil.monitor.watching.FollowedDomain;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Compares the keys that attached issuers publish with those that are stated of them. A key that
 * nobody confirmed is the issuer's next one, whose tokens services refuse until then; or that of an
 * intruder, who had it published. Belongs to one thread.
 */
public final class AttachedKeyWatch {
  private static final Duration EVERY = Duration.ofSeconds(20);

  private static final Duration FETCH_WITHIN = Duration.ofSeconds(10);

  /** An issuer may not answer for so long, for a restart or an update. */
  static final Duration SILENCE_TOLERATED = Duration.ofMinutes(10);

  /** So long before the end of a stated key the issuer should have another. */
  static final Duration ENDS_SOON = Duration.ofDays(30);

  /** Most unconfirmed keys of an issuer that are told in a day: it publishes what it likes. */
  static final int WAITING_A_DAY = 10;

  private final InstantSource clock;
  private final FindingStore findings;
  private final ReadSide network;
  private final LateDigests late;
  private final Map<Key, LocalDate> waiting = new HashMap<>();
  private final Map<Key, LocalDate> gone = new HashMap<>();
  private final Map<Key, Instant> silent = new HashMap<>();

  /** Of what it was said that it is over, also of before this start. */
  private final Set<Over> over = new HashSet<>();

  private record Over(Kind kind, Key key) {}

  private final Map<Told, Integer> told = new HashMap<>();

  private record Told(String domain, String issuer, LocalDate day) {}

  /** A key of an attached issuer, by its thumbprint; the issuer as a whole where that is empty. */
  private record Key(String domain, String issuer, String thumbprint) {
    String name() {
      return thumbprint.isEmpty() ? issuer : issuer + " " + thumbprint;
    }
  }

  /** Reads over HTTP. */
  public static AttachedKeyWatch overHttp(InstantSource clock, FindingStore findings) {
    return new AttachedKeyWatch(clock, findings, HttpReadSide.create(FETCH_WITHIN));
  }

  /** Reads over a network. */
  AttachedKeyWatch(InstantSource clock, FindingStore findings, ReadSide network) {
    this.clock = clock;
    this.findings = findings;
    this.network = network;
    this.late = new LateDigests(findings, clock);
  }

  /** Waits, and says whether the monitor ends meanwhile. */
  @FunctionalInterface
  public interface Ending {
    boolean within(Duration pause) throws InterruptedException;
  }

  /** Looks at the domains' attached issuers from time to time. */
  public void lookUntil(Ending ending, List<FollowedDomain> domains) throws InterruptedException {
    while (!ending.within(EVERY)) {
      for (FollowedDomain domain : domains) {
        domain
            .keySet()
            .ifPresent(
                keys -> {
                  look(domain.name(), keys);
                  late.look(keys, domain::recorded);
                });
      }
    }
  }

  /** Looks once at the attached issuers of a domain. */
  void look(String domain, KeySet keys) {
    Set<String> attached =
        keys.delegation(clock.instant())
            .map(Delegation::bounds)
            .map(Delegation.Bounds::attachedIssuers)
            .orElse(Set.of());
    for (String issuer : attached) {
      Key whole = new Key(domain, issuer, "");
      try {
        look(domain, issuer, keys, IssuerKeys.read(network, issuer));
        silent.remove(whole);
        over(Kind.ATTACHED_ISSUER_UNREAD, whole);
      } catch (IOException e) {
        unread(whole, e);
      }
    }
  }

  private void unread(Key whole, IOException e) {
    Instant now = clock.instant();
    Instant since = silent.computeIfAbsent(whole, _ -> now);
    if (!now.isBefore(since.plus(SILENCE_TOLERATED))) {
      raise(
          Kind.ATTACHED_ISSUER_UNREAD,
          Severity.MEDIUM,
          whole,
          day(since),
          "The keys of the attached issuer "
              + whole.issuer
              + " cannot be read, so nobody here notices another key of it.",
          JsonObject.builder().put("reason", String.valueOf(e.getMessage())).build());
    }
  }

  private void look(String domain, String issuer, KeySet keys, IssuerKeys published) {
    List<KeyStatement> stated = new ArrayList<>(keys.keys());
    stated.addAll(keys.withdrawnStatements());
    Set<String> known = new HashSet<>();
    stated.forEach(key -> known.add(key.kid()));
    Set<Key> stillWaiting = new HashSet<>();
    Set<String> there = new HashSet<>();
    for (Published one : published.keys()) {
      String thumbprint = one.jwk().thumbprint();
      Key key = new Key(domain, issuer, thumbprint);
      there.add(thumbprint);
      if (known.contains(thumbprint)) {
        over(Kind.ATTACHED_KEY_WAITING, key);
      } else if (waiting.containsKey(key) || mayTellAnother(key)) {
        stillWaiting.add(key);
        waits(key, one, stated);
      }
    }
    settle(Kind.ATTACHED_KEY_WAITING, waiting, domain, issuer, stillWaiting);
    Set<Key> stillGone = new HashSet<>();
    for (KeyStatement key : keys.keys()) {
      if (!key.issuer().equals(issuer) || isOver(key, keys)) {
        continue;
      }
      Key named = new Key(domain, issuer, key.kid());
      if (there.contains(key.kid())) {
        over(Kind.ATTACHED_KEY_GONE, named);
        endsSoon(named, key);
      } else {
        stillGone.add(named);
        isGone(named, key);
      }
    }
    settle(Kind.ATTACHED_KEY_GONE, gone, domain, issuer, stillGone);
  }

  private boolean mayTellAnother(Key key) {
    Told today = new Told(key.domain, key.issuer, day(clock.instant()));
    told.keySet().removeIf(one -> one.day.isBefore(today.day));
    return told.merge(today, 1, Integer::sum) <= WAITING_A_DAY;
  }

  private boolean isOver(KeyStatement key, KeySet keys) {
    return !clock.instant().isBefore(key.verifyUntil())
        || keys.taintedKeys().stream().anyMatch(one -> one.kid().equals(key.kid()))
        || keys.revokedKeys().stream().anyMatch(one -> one.kid().equals(key.kid()));
  }

  private void waits(Key key, Published published, List<KeyStatement> stated) {
    Optional<KeyStatement> before =
        stated.stream()
            .filter(one -> one.issuer().equals(key.issuer))
            .max(Comparator.comparing(KeyStatement::activeFrom));
    StringBuilder command =
        new StringBuilder("counterfoil keys attach ")
            .append(key.issuer)
            .append(" --kid ")
            .append(key.thumbprint);
    options(command, "--tenant", before.map(one -> one.tenants().toJson()), "TENANT");
    options(command, "--audience", before.map(one -> one.audiences().toJson()), "SERVICE");
    before
        .flatMap(KeyStatement::log)
        .ifPresent(log -> command.append(" --record-log ").append(log));
    raise(
        Kind.ATTACHED_KEY_WAITING,
        Severity.HIGH,
        key,
        waiting.computeIfAbsent(key, _ -> day(clock.instant())),
        "The attached issuer "
            + key.issuer
            + " publishes a key that nobody confirmed. Services refuse its tokens (key-unknown)."
            + " If it is the issuer's own, confirm it: "
            + command
            + " --yes",
        JsonObject.builder()
            .put("issuer", key.issuer)
            .put("thumbprint", key.thumbprint)
            .put("kid_in_tokens", published.name())
            .put("command", command + " --yes")
            .build());
  }

  private static void options(
      StringBuilder command, String option, Optional<List<String>> names, String placeholder) {
    for (String name : names.orElse(List.of(placeholder))) {
      command.append(' ').append(option).append(' ').append(name);
    }
  }

  private void isGone(Key key, KeyStatement statement) {
    raise(
        Kind.ATTACHED_KEY_GONE,
        Severity.LOW,
        key,
        gone.computeIfAbsent(key, _ -> day(clock.instant())),
        "The attached issuer "
            + key.issuer
            + " publishes the key "
            + key.thumbprint
            + " no more. Its recorded tokens count until "
            + statement.verifyUntil()
            + ". If it was stolen, no later token of it may count: counterfoil keys taint "
            + key.thumbprint,
        JsonObject.builder().put("issuer", key.issuer).put("thumbprint", key.thumbprint).build());
  }

  private void endsSoon(Key key, KeyStatement statement) {
    if (!clock.instant().isBefore(statement.activeUntil().minus(ENDS_SOON))) {
      raise(
          Kind.KEY_AGE,
          Severity.MEDIUM,
          key,
          day(statement.activeUntil()),
          "The key "
              + key.thumbprint
              + " of the attached issuer "
              + key.issuer
              + " counts until "
              + statement.activeUntil()
              + ", and cannot be confirmed again. Give the issuer another key before, and confirm"
              + " that one (counterfoil keys attach).",
          JsonObject.builder()
              .put("issuer", key.issuer)
              .put("thumbprint", key.thumbprint)
              .put("active_until", statement.activeUntil().getEpochSecond())
              .build());
    }
  }

  /** What does not hold any more is over. */
  private void settle(
      Kind kind, Map<Key, LocalDate> raised, String domain, String issuer, Set<Key> still) {
    for (Key key : List.copyOf(raised.keySet())) {
      if (key.domain.equals(domain) && key.issuer.equals(issuer) && !still.contains(key)) {
        raised.remove(key);
        over(kind, key);
      }
    }
  }

  private void over(Kind kind, Key key) {
    if (over.add(new Over(kind, key))) {
      findings.over(kind, key.domain, key.name(), clock.instant());
    }
  }

  private void raise(
      Kind kind, Severity severity, Key key, LocalDate day, String summary, JsonObject detail) {
    over.remove(new Over(kind, key));
    findings.raiseOnce(
        new Finding(
            kind,
            severity,
            key.domain,
            Subject.of(key.domain, key.name() + " " + day),
            clock.instant(),
            1,
            summary,
            detail));
  }

  private static LocalDate day(Instant at) {
    return LocalDate.ofInstant(at, ZoneOffset.UTC);
  }
}
