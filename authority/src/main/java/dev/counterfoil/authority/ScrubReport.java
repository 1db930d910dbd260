package dev.counterfoil.authority;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * What a signer or registrar says that it mended when it read its logs again.
 *
 * @param repaired the last thing of each log that was found and mended, in words
 * @param places how many places were written again since the process started
 */
record ScrubReport(List<String> repaired, long places) {
  static final ScrubReport NONE = new ScrubReport(List.of(), 0);

  ScrubReport {
    repaired = List.copyOf(repaired);
  }

  /** Reads the status of a process, with all logs that it has. */
  static ScrubReport of(JsonObject status) throws FormatException {
    List<JsonObject> logs = new ArrayList<>(List.of(status));
    if (status.has("record_logs")) {
      logs.addAll(status.objects("record_logs"));
    }
    List<String> repaired = new ArrayList<>();
    long places = 0;
    for (JsonObject log : logs) {
      if (!log.has("scrub")) {
        continue;
      }
      JsonObject scrub = log.object("scrub");
      places += scrub.number("repaired_places");
      if (scrub.has("difference") && scrub.object("difference").truth("repaired")) {
        repaired.add(scrub.object("difference").string("description"));
      }
    }
    return new ScrubReport(repaired, places);
  }
}
