package dev.counterfoil.signer;

import dev.counterfoil.process.KeyProgram;
import dev.counterfoil.signer.settings.SignerConfiguration;

/** Starts a signer: {@code --config FILE}. */
public final class SignerMain {
  private SignerMain() {}

  public static void main(String[] args) {
    KeyProgram.main("signer", args, SignerConfiguration.class, SignerProgram::run);
  }
}
