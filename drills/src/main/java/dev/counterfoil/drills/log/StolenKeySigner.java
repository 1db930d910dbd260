package dev.counterfoil.drills.log;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.signer.SignerProgram;
import dev.counterfoil.signer.settings.SignerConfiguration;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The signer's own program with a custody that is broken on purpose: {@code DRILL-FOLDER --config
 * FILE}. It starts only as a child of the drill that made the folder, and only for a signer that
 * lies in it.
 */
public final class StolenKeySigner {
  private static final int REFUSED = 78;

  private StolenKeySigner() {}

  public static void main(String[] args) {
    if (args.length != 3 || !args[1].equals("--config")) {
      System.err.println("usage: StolenKeySigner DRILL-FOLDER --config FILE");
      System.exit(REFUSED);
    }
    try {
      Path drill = Path.of(args[0]);
      var custody = new StolenPrivateKeys(drill);
      SignerConfiguration configuration =
          Configuration.read(Path.of(args[2]), SignerConfiguration.class);
      if (!configuration.process().folder().toRealPath().startsWith(drill.toRealPath())) {
        throw new IOException("the signer's folder lies outside the drill's");
      }
      System.exit(SignerProgram.run(configuration, custody));
    } catch (IOException | ConfigurationException e) {
      System.err.println(e.getMessage());
      System.exit(REFUSED);
    }
  }
}
