package dev.counterfoil.benchmarks;

import dev.counterfoil.benchmarks.ReceivedMail.Asked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;

/**
 * A store of the audit log that has grown to its size, and what growing it cost.
 *
 * @param made how many events were made; those beyond are copies
 * @param asked what can be searched for
 * @param machine where and when it began to grow
 */
record GrownStore(
    int events,
    int made,
    List<Asked> asked,
    List<LogReport.Sample> samples,
    int files,
    double bytesPerEvent,
    Machine machine) {
  private static final String FILE = "grown.json";
  private static final JsonMapper JSON = JsonMapper.shared();

  /** The one that a folder keeps, if it was finished. */
  static Optional<GrownStore> in(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    return Files.exists(file)
        ? Optional.of(JSON.readValue(Files.readAllBytes(file), GrownStore.class))
        : Optional.empty();
  }

  /** Writes beside the store that it is finished. */
  void finish(Path folder) throws IOException {
    Files.write(folder.resolve(FILE), JSON.writeValueAsBytes(this));
  }

  /** Whether it is the one that was asked for. */
  boolean is(int wantedEvents, int wantedMade) {
    return events == wantedEvents && made == Math.min(wantedEvents, wantedMade);
  }
}
