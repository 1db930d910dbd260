package dev.counterfoil.registrar.signers;

import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * What a registrar's operator has to know of one of its signers: who watches raises it as a
 * finding.
 *
 * @param signer which one; empty for all
 * @param last when it did so last, where that is known
 * @param text for people, with what to do
 */
public record SignerAlarm(
    Cause cause, Optional<String> signer, Optional<Instant> last, String text) {
  /** Why. */
  public enum Cause {
    /** It asked for what is another's. */
    NOT_ITS_OWN,
    /** It had many times more stated than its keys' times need. */
    FLOOD,
    /** What was remembered of signers is lost, and with it alarms that stood. */
    FORGOTTEN
  }

  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("cause", cause.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .put("text", text);
    signer.ifPresent(name -> json.put("signer", name));
    last.ifPresent(at -> json.put("last", at.getEpochSecond()));
    return json.build();
  }
}
