package dev.counterfoil.monitor.watching;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.monitor.findings.Finding;
import dev.counterfoil.monitor.findings.Finding.Kind;
import dev.counterfoil.monitor.findings.Finding.Severity;
import dev.counterfoil.monitor.findings.Finding.Subject;
import dev.counterfoil.monitor.findings.FindingSink;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Makes findings of what a registrar says of its signers: that one asked for what is another's, or
 * floods the key log. The authority passes it on in {@code <issuer>/health/ready}, with a limit on
 * what else stands there, so that the signer it is about cannot keep it back.
 *
 * <p>The authority's word is taken for it. One that lies can hide it or invent it; a flood stands
 * in the key log all the same. Belongs to one thread.
 */
public final class SignerAlarmWatch {
  private static final int TEXT_CHARACTERS_MAX = 1000;

  /** Most alarms of one domain at one time. */
  private static final int STANDING_MAX = 100;

  private static final long SECONDS_MAX = Instant.parse("9999-12-31T00:00:00Z").getEpochSecond();

  /** A word of a registrar, also of a newer one. */
  private static final Pattern CAUSE = Pattern.compile("[a-z][a-z0-9-]{0,39}");

  /** What no signer did, so that nobody has what he should not have. */
  private static final String FORGOTTEN = "forgotten";

  private static final System.Logger LOG = System.getLogger(SignerAlarmWatch.class.getName());

  private final InstantSource clock;
  private final FindingSink findings;

  /**
   * Makes one.
   *
   * @param findings takes each once, and knows those that were raised before the start
   */
  public SignerAlarmWatch(InstantSource clock, FindingSink findings) {
    this.clock = clock;
    this.findings = findings;
  }

  /**
   * Looks once at what {@link AuthorityHealth} read. What is no such answer says nothing, and an
   * alarm that is none hides no other.
   */
  public void look(String domain, JsonObject health) {
    try {
      List<JsonObject> alarms =
          health.has("registrar_alarms") ? health.objects("registrar_alarms") : List.of();
      for (JsonObject alarm : alarms.subList(0, Math.min(alarms.size(), STANDING_MAX))) {
        lookAt(domain, alarm);
      }
    } catch (FormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "health of {0}: {1}", domain, e.getMessage());
    }
  }

  private void lookAt(String domain, JsonObject alarm) {
    try {
      raise(domain, alarm);
    } catch (FormatException e) {
      LOG.log(System.Logger.Level.DEBUG, "an alarm of {0}: {1}", domain, e.getMessage());
    }
  }

  /** Each is one finding for the day on which it happened last, by the registrar's word. */
  private void raise(String domain, JsonObject alarm) throws FormatException {
    String signer = alarm.optionalString("signer").orElse("");
    if (!signer.isEmpty() && !TokenId.isLogName(signer)) {
      throw new FormatException("signer is none");
    }
    String cause = alarm.string("cause");
    if (!CAUSE.matcher(cause).matches()) {
      throw new FormatException("cause is none");
    }
    String text = alarm.string("text");
    Optional<Long> last = alarm.optionalNumber("last");
    String day =
        last.map(seconds -> " " + day(Instant.ofEpochSecond(Math.clamp(seconds, 0, SECONDS_MAX))))
            .orElse("");
    JsonObject.Builder detail =
        JsonObject.builder().put("signer", signer.isEmpty() ? null : signer).put("cause", cause);
    last.ifPresent(seconds -> detail.put("last", seconds));
    findings.raise(
        new Finding(
            Kind.SIGNER_SUSPECT,
            cause.equals(FORGOTTEN) ? Severity.MEDIUM : Severity.HIGH,
            domain,
            Subject.of(domain, (signer + " " + cause).strip() + day),
            clock.instant(),
            1,
            "The registrar reports: "
                + text.substring(0, Math.min(text.length(), TEXT_CHARACTERS_MAX)),
            detail.build()));
  }

  private static LocalDate day(Instant time) {
    return LocalDate.ofInstant(time, ZoneOffset.UTC);
  }
}
