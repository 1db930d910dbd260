package dev.counterfoil.monitor;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.monitor.Finding.Kind;
import dev.counterfoil.monitor.Finding.Severity;
import dev.counterfoil.monitor.Finding.Subject;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Watches what signer and registrar found when they read their logs again, by what the authority
 * passes on of it in {@code <issuer>/health/ready}: a bit that their disk flipped is a finding,
 * whether it could be mended or not.
 *
 * <p>The authority's word is taken for it. One that lies can hide damage or invent it; what the
 * custodian holds says what stood there. Belongs to one thread.
 */
final class LogDamageWatch {
  private static final int TEXT_CHARACTERS_MAX = 500;

  private static final System.Logger LOG = System.getLogger(LogDamageWatch.class.getName());

  /** Most texts of one domain that are known at one time: each is a finding. */
  private static final int KNOWN_MAX = 100;

  private final InstantSource clock;
  private final FindingSink findings;
  private final Map<String, Set<String>> known = new HashMap<>();

  LogDamageWatch(InstantSource clock, FindingSink findings) {
    this.clock = clock;
    this.findings = findings;
  }

  /** Looks once at what {@link AuthorityHealth} read. What is no such answer says nothing. */
  void look(String domain, JsonObject health) {
    List<String> damage;
    List<String> repaired;
    try {
      damage = health.strings("damage");
      repaired = health.has("repaired") ? health.strings("repaired") : List.of();
    } catch (FormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "health of {0}: {1}", domain, e.getMessage());
      return;
    }
    Set<String> before = known.getOrDefault(domain, Set.of());
    Set<String> now = new HashSet<>();
    for (String text : damage) {
      if (now.size() < KNOWN_MAX && now.add(text) && !before.contains(text)) {
        raise(Kind.LOG_DAMAGED, Severity.HIGH, domain, text);
      }
    }
    for (String text : repaired) {
      if (now.size() < KNOWN_MAX && now.add(text) && !before.contains(text)) {
        raise(Kind.LOG_REPAIRED, Severity.LOW, domain, text);
      }
    }
    known.put(domain, now);
  }

  private void raise(Kind kind, Severity severity, String domain, String text) {
    String shown = text.substring(0, Math.min(text.length(), TEXT_CHARACTERS_MAX));
    findings.raise(
        new Finding(
            kind,
            severity,
            domain,
            Subject.of(domain, shown),
            clock.instant(),
            1,
            kind == Kind.LOG_REPAIRED
                ? "A log was read again and differed from its journal; it was written again. Look at the disk: "
                    + shown
                : "A log was read again and is damaged where nobody there can mend it: " + shown,
            JsonObject.builder().put("found", shown).build()));
  }
}
