package dev.counterfoil.registrar;

import dev.counterfoil.process.KeyProgram;
import dev.counterfoil.registrar.settings.RegistrarConfiguration;

/** Starts a registrar: {@code --config FILE}. */
public final class RegistrarMain {
  private RegistrarMain() {}

  public static void main(String[] args) {
    KeyProgram.main(
        "registrar",
        args,
        RegistrarConfiguration.class,
        configuration ->
            KeyProgram.run(configuration, with -> RegistrarProcess.start(configuration, with)));
  }
}
