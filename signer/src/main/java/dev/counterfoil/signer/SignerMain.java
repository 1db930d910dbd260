package dev.counterfoil.signer;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.process.settings.SignerConfiguration;
import java.nio.file.Path;

/** Starts a signer or registrar: {@code --config FILE}. */
public final class SignerMain {
  private SignerMain() {}

  public static void main(String[] args) {
    if (args.length != 2 || !args[0].equals("--config")) {
      System.err.println("usage: SignerMain --config FILE");
      System.exit(ProcessExitCode.CONFIGURATION.code());
    }
    SignerConfiguration configuration;
    try {
      configuration = Configuration.read(Path.of(args[1]), SignerConfiguration.class);
    } catch (ConfigurationException e) {
      System.err.println(e.getMessage());
      System.exit(ProcessExitCode.CONFIGURATION.code());
      return;
    }
    System.exit(SignerProgram.run(configuration));
  }
}
