package dev.counterfoil.monitor;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.TokenId;
import dev.counterfoil.monitor.Finding.Kind;
import dev.counterfoil.monitor.Finding.Severity;
import dev.counterfoil.monitor.Finding.Subject;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes findings of what a registrar says of its signers: that one asked for what is another's, or
 * floods the key log. The authority passes it on in {@code <issuer>/health/ready}, with a limit on
 * what else stands there, so that the signer it is about cannot keep it back.
 *
 * <p>The authority's word is taken for it. One that lies can hide it or invent it; a flood stands
 * in the key log all the same. Belongs to one thread.
 */
final class SignerAlarmWatch {
  private static final int TEXT_CHARACTERS_MAX = 1000;

  /** Most alarms of one domain at one time. */
  private static final int STANDING_MAX = 100;

  private static final long SECONDS_MAX = Instant.parse("9999-12-31T00:00:00Z").getEpochSecond();

  /** What no signer did, so that nobody has what he should not have. */
  private static final String FORGOTTEN = "forgotten";

  private static final System.Logger LOG = System.getLogger(SignerAlarmWatch.class.getName());

  private final InstantSource clock;
  private final FindingSink findings;
  private final Map<Standing, LocalDate> standing = new HashMap<>();

  /** One that stands; the signer is empty where it is about all. */
  private record Standing(String domain, String signer, String cause) {}

  /**
   * Makes one.
   *
   * @param findings takes each once, and knows those that were raised before the start
   */
  SignerAlarmWatch(InstantSource clock, FindingSink findings) {
    this.clock = clock;
    this.findings = findings;
  }

  /** Looks once at what {@link AuthorityHealth} read. What is no such answer says nothing. */
  void look(String domain, JsonObject health) {
    try {
      List<JsonObject> alarms =
          health.has("registrar_alarms") ? health.objects("registrar_alarms") : List.of();
      Set<Standing> now = new HashSet<>();
      for (JsonObject alarm : alarms.subList(0, Math.min(alarms.size(), STANDING_MAX))) {
        now.add(raise(domain, alarm));
      }
      standing.keySet().removeIf(one -> one.domain().equals(domain) && !now.contains(one));
    } catch (FormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "health of {0}: {1}", domain, e.getMessage());
    }
  }

  /** Each is one finding for the day on which it began, or on which the signer did so last. */
  private Standing raise(String domain, JsonObject alarm) throws FormatException {
    Standing that = new Standing(domain, name(alarm, "signer", true), name(alarm, "cause", false));
    String text = alarm.string("text");
    Optional<Long> last = alarm.optionalNumber("last");
    LocalDate began = standing.computeIfAbsent(that, _ -> day(clock.instant()));
    LocalDate day =
        last.map(seconds -> day(Instant.ofEpochSecond(Math.clamp(seconds, 0, SECONDS_MAX))))
            .orElse(began);
    JsonObject.Builder detail =
        JsonObject.builder()
            .put("signer", that.signer().isEmpty() ? null : that.signer())
            .put("cause", that.cause());
    last.ifPresent(seconds -> detail.put("last", seconds));
    findings.raise(
        new Finding(
            Kind.SIGNER_SUSPECT,
            that.cause().equals(FORGOTTEN) ? Severity.MEDIUM : Severity.HIGH,
            domain,
            Subject.of(domain, (that.signer() + " " + that.cause()).strip() + " " + day),
            clock.instant(),
            1,
            "The registrar says: "
                + text.substring(0, Math.min(text.length(), TEXT_CHARACTERS_MAX)),
            detail.build()));
    return that;
  }

  private static LocalDate day(Instant time) {
    return LocalDate.ofInstant(time, ZoneOffset.UTC);
  }

  /** A short word, as signers and causes have. */
  private static String name(JsonObject alarm, String member, boolean mayBeMissing)
      throws FormatException {
    String name = alarm.optionalString(member).orElse("");
    if (!TokenId.isLogName(name) && !(mayBeMissing && name.isEmpty())) {
      throw new FormatException(member + " is none");
    }
    return name;
  }
}
