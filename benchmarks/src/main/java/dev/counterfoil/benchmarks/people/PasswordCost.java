package dev.counterfoil.benchmarks.people;

import dev.counterfoil.benchmarks.run.Growth;
import dev.counterfoil.benchmarks.run.RunReport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/** What one hash of a password takes of a core, by the library that the authority uses. */
final class PasswordCost {
  private static final Pattern PHC =
      Pattern.compile("\\$argon2id\\$v=19\\$m=(\\d+),t=(\\d+),p=(\\d+)\\$.*");
  private static final int TIMES = 40;

  private PasswordCost() {}

  /** Says in a report what bounds the row of passwords. */
  static void note(String phc, RunReport report) {
    Matcher parts = PHC.matcher(phc);
    if (!parts.matches()) {
      throw new IllegalStateException("A password's hash is no PHC string of Argon2id");
    }
    int memory = Integer.parseInt(parts.group(1));
    Argon2Parameters parameters =
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withMemoryAsKB(memory)
            .withIterations(Integer.parseInt(parts.group(2)))
            .withParallelism(Integer.parseInt(parts.group(3)))
            .withSalt(new byte[16])
            .withBlockPool(new Argon2BytesGenerator.FixedBlockPool(memory))
            .build();
    byte[] hash = new byte[32];
    long used = 0;
    // The first half warms up.
    for (int i = 0; i < TIMES; i++) {
      if (i == TIMES / 2) {
        used = Growth.processorNanos();
      }
      Argon2BytesGenerator generator = new Argon2BytesGenerator();
      generator.init(parameters);
      generator.generateBytes(new byte[] {(byte) i}, hash);
    }
    report.note(
        "A password's hash alone takes %.1f ms of a core (Argon2id, %d KiB, %s passes): it bounds those sign-ins",
        (Growth.processorNanos() - used) / 1e6 / (TIMES - TIMES / 2), memory, parts.group(2));
  }
}
