package dev.counterfoil.registrar;

import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.process.KeyProgram;
import dev.counterfoil.process.settings.SignerConfiguration;
import java.nio.file.Path;

/** Starts a registrar: {@code --config FILE}. */
public final class RegistrarMain {
  private RegistrarMain() {}

  public static void main(String[] args) {
    if (args.length != 2 || !args[0].equals("--config")) {
      System.err.println("usage: RegistrarMain --config FILE");
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
    System.exit(KeyProgram.run(configuration, with -> RegistrarProcess.start(configuration, with)));
  }
}
