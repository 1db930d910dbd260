package dev.counterfoil.authority.signers;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * What a signer or registrar says that it mended when it read its logs again.
 *
 * @param repaired the last thing of each log that was found and mended, in words
 * @param places how many places were written again since the process started
 */
public record ScrubReport(List<SignerView.Found> repaired, long places) {
  static final ScrubReport NONE = new ScrubReport(List.of(), 0);

  public ScrubReport {
    repaired = List.copyOf(repaired);
  }

  /** Reads the status of a process, with all logs that it has. */
  static ScrubReport of(JsonObject status) throws FormatException {
    List<SignerView.Found> repaired = new ArrayList<>();
    long places = add(status, SignerView.name(status.object("log")), repaired);
    if (status.has("record_logs")) {
      for (JsonObject door : status.objects("record_logs")) {
        places += add(door, SignerView.name(door), repaired);
      }
    }
    return new ScrubReport(repaired, places);
  }

  /** Gives the places of one log. */
  private static long add(JsonObject of, String log, List<SignerView.Found> repaired)
      throws FormatException {
    if (!of.has("scrub")) {
      return 0;
    }
    JsonObject scrub = of.object("scrub");
    if (scrub.has("difference") && scrub.object("difference").truth("repaired")) {
      repaired.add(
          new SignerView.Found(
              log, SignerView.shown(scrub.object("difference").string("description"))));
    }
    return scrub.number("repaired_places");
  }
}
