package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
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
import java.util.Set;

/**
 * Watches whether those who cosign the logs of a domain do, by what the authority says of them in
 * {@code <issuer>/health/ready}: it is the one that asks them. A witness that is slow, away or
 * wrong delays nobody else, so without this nobody would hear of it until the quorum is lost. Each
 * failing is a finding, which is over when it cosigns again or is not asked any more.
 *
 * <p>The authority's word is taken for it. One that lies about its witnesses can hide that they
 * fail, or invent it; what the witnesses have signed stands in the logs. Belongs to one thread.
 */
public final class CosignerWatch {
  /** A cosigner may fail for so long, for a restart or a network that is away. */
  static final Duration TOLERATED = Duration.ofSeconds(60);

  private static final int PROBLEM_CHARACTERS_MAX = 500;

  private static final System.Logger LOG = System.getLogger(CosignerWatch.class.getName());

  private final InstantSource clock;
  private final FindingStore findings;
  private final Map<Cosigner, Failing> failing = new HashMap<>();

  /** Of which it was said that their failing is over, also one of before this start. */
  private final Set<Cosigner> well = new HashSet<>();

  /** A cosigner of one log; one that fails for a record log may well cosign the tokens' log. */
  private record Cosigner(String domain, String name, String log) {
    String text() {
      return name + "/" + log;
    }
  }

  private record Failing(Instant since, boolean isRaised) {}

  public CosignerWatch(InstantSource clock, FindingStore findings) {
    this.clock = clock;
    this.findings = findings;
  }

  /** Looks once at what {@link AuthorityHealth} read. What is no such answer says nothing. */
  public void look(String domain, JsonObject health) {
    try {
      Set<Cosigner> named = new HashSet<>();
      for (JsonObject one : health.objects("cosigners")) {
        Cosigner cosigner = new Cosigner(domain, one.string("name"), one.string("log"));
        named.add(cosigner);
        if (one.truth("healthy")) {
          over(cosigner);
        } else if (one.has("problem")) {
          failing(cosigner, one);
        } else {
          // It was not asked yet, which does not end what was raised.
          failing.computeIfPresent(cosigner, (_, known) -> known.isRaised() ? known : null);
        }
      }
      List.copyOf(failing.keySet()).stream()
          .filter(known -> known.domain().equals(domain) && !named.contains(known))
          .forEach(this::over);
      well.removeIf(known -> known.domain().equals(domain) && !named.contains(known));
    } catch (FormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "health of {0}: {1}", domain, e.getMessage());
    }
  }

  private void over(Cosigner cosigner) {
    failing.remove(cosigner);
    if (well.add(cosigner)) {
      findings.over(Kind.COSIGNER_FAILING, cosigner.domain(), cosigner.text(), clock.instant());
    }
  }

  private void failing(Cosigner cosigner, JsonObject said) throws FormatException {
    Instant now = clock.instant();
    well.remove(cosigner);
    Failing before = failing.computeIfAbsent(cosigner, one -> new Failing(now, false));
    if (before.isRaised() || now.isBefore(before.since().plus(TOLERATED))) {
      return;
    }
    failing.put(cosigner, new Failing(before.since(), true));
    String problem = said.optionalString("problem").orElse("");
    findings.raise(
        new Finding(
            Kind.COSIGNER_FAILING,
            Severity.MEDIUM,
            cosigner.domain(),
            Subject.of(
                cosigner.domain(),
                cosigner.text() + " " + before.since().truncatedTo(ChronoUnit.SECONDS)),
            now,
            1,
            "Cosigner "
                + cosigner.name()
                + " has not cosigned log "
                + cosigner.log()
                + " for more than "
                + TOLERATED.toSeconds()
                + " seconds. Its cosigned size may have stopped growing, and tokens that"
                + " wait for it are refused.",
            withSize(said)
                .put("cosigner", cosigner.name())
                .put("log", cosigner.log())
                .put(
                    "problem",
                    problem.substring(0, Math.min(problem.length(), PROBLEM_CHARACTERS_MAX)))
                .put("since", before.since().getEpochSecond())
                .build()));
  }

  /** One that never cosigned has none. */
  private static JsonObject.Builder withSize(JsonObject said) throws FormatException {
    JsonObject.Builder evidence = JsonObject.builder();
    said.optionalNumber("size").ifPresent(size -> evidence.put("size", size));
    return evidence;
  }
}
