package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Watches whether the signers of a domain are there, by what the authority says of them in {@code
 * <issuer>/health/ready}. A signer ends within a second of losing its storage, and its spare issues
 * on: without this nobody would hear that its log and counterfoils are gone, and that there is no
 * spare any more. Each absence is a finding, and one more where nobody issues any more; they are
 * over when the signer is back. Belongs to one thread.
 */
final class SignerAwayWatch {
  /** A signer may be away for so long, for a restart. */
  static final Duration TOLERATED = Duration.ofSeconds(60);

  private static final System.Logger LOG = System.getLogger(SignerAwayWatch.class.getName());

  private final InstantSource clock;
  private final FindingStore findings;
  private final Map<Signer, Away> away = new HashMap<>();

  /** Of whom it was said that their absence is over, also one of before this start. */
  private final Set<Signer> there = new HashSet<>();

  private record Signer(String domain, String name) {}

  private record Away(Instant since, Optional<Severity> raised) {}

  SignerAwayWatch(InstantSource clock, FindingStore findings) {
    this.clock = clock;
    this.findings = findings;
  }

  /** Looks once at what {@link AuthorityHealth} read. What is no such answer says nothing. */
  void look(String domain, JsonObject health) {
    try {
      List<JsonObject> signers = health.objects("signers");
      boolean isAnyThere = false;
      for (JsonObject one : signers) {
        isAnyThere |= one.truth("connected");
      }
      Set<Signer> named = new HashSet<>();
      for (JsonObject one : signers) {
        Signer signer = new Signer(domain, one.string("name"));
        if (!TokenId.isLogName(signer.name())) {
          throw new FormatException("signer is none");
        }
        named.add(signer);
        if (one.truth("connected")) {
          back(signer);
        } else {
          there.remove(signer);
          away(signer, one.optionalString("log").orElse(""), isAnyThere);
        }
      }
      away.keySet().removeIf(known -> known.domain().equals(domain) && !named.contains(known));
      there.removeIf(known -> known.domain().equals(domain) && !named.contains(known));
    } catch (FormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "health of {0}: {1}", domain, e.getMessage());
    }
  }

  private void back(Signer signer) {
    away.remove(signer);
    if (there.add(signer)) {
      findings.over(Kind.SIGNER_AWAY, signer.domain(), signer.name(), clock.instant());
    }
  }

  private void away(Signer signer, String log, boolean isAnotherThere) {
    Instant now = clock.instant();
    Severity severity = isAnotherThere ? Severity.MEDIUM : Severity.HIGH;
    Away before = away.computeIfAbsent(signer, _ -> new Away(now, Optional.empty()));
    if (before.raised().filter(raised -> raised.compareTo(severity) >= 0).isPresent()
        || now.isBefore(before.since().plus(TOLERATED))) {
      return;
    }
    away.put(signer, new Away(before.since(), Optional.of(severity)));
    JsonObject.Builder detail =
        JsonObject.builder()
            .put("signer", signer.name())
            .put("since", before.since().getEpochSecond());
    if (TokenId.isLogName(log)) {
      detail.put("log", log);
    }
    findings.raise(
        new Finding(
            Kind.SIGNER_AWAY,
            severity,
            signer.domain(),
            Subject.of(
                signer.domain(),
                signer.name()
                    + " "
                    + before.since().truncatedTo(ChronoUnit.SECONDS)
                    + " "
                    + severity.text()),
            now,
            1,
            "Signer "
                + signer.name()
                + " has been away for more than "
                + TOLERATED.toSeconds()
                + " seconds. "
                + (isAnotherThere ? "Another signer issues" : "Nobody issues")
                + ". It may have lost its storage, and its counterfoils with it. Its own"
                + " log shows why it stopped.",
            detail.build()));
  }
}
