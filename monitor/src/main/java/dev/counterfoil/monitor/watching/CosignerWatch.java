package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingSink;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Watches whether those who cosign the logs of a domain do, by what the authority says of them in
 * {@code <issuer>/health/ready}: it is the one that asks them. A witness that is slow, away or
 * wrong delays nobody else, so without this nobody would hear of it until the quorum is lost.
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
  private final FindingSink findings;
  private final Map<Cosigner, Failing> failing = new HashMap<>();

  /** A cosigner of one log; one that fails for a record log may well cosign the tokens' log. */
  private record Cosigner(String domain, String name, String log) {}

  private record Failing(Instant since, boolean isRaised) {}

  public CosignerWatch(InstantSource clock, FindingSink findings) {
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
        // One that is not healthy and has no problem was not asked yet.
        if (one.truth("healthy") || !one.has("problem")) {
          failing.remove(cosigner);
        } else {
          failing(cosigner, one);
        }
      }
      failing.keySet().removeIf(known -> known.domain().equals(domain) && !named.contains(known));
    } catch (FormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "health of {0}: {1}", domain, e.getMessage());
    }
  }

  private void failing(Cosigner cosigner, JsonObject said) throws FormatException {
    Instant now = clock.instant();
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
            Subject.of(cosigner.domain(), cosigner.name() + "/" + cosigner.log()),
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
