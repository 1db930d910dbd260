package dev.counterfoil.cli.signer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** One bundle for each process of a domain, at one moment. */
class SignerDiagnoseCommandTest {
  @Test
  void eachProcessHasAFileOfItsOwnNamedAsItsLog() {
    assertThat(SignerDiagnoseCommand.process("signer", "trial", "s1")).isEqualTo("signer-trial");
    assertThat(SignerDiagnoseCommand.process("signer", "trial", "s2")).isEqualTo("signer-trial.s2");
    assertThat(SignerDiagnoseCommand.process("registrar", "trial", "s1"))
        .isEqualTo("registrar-trial");
    assertThat(SignerDiagnoseCommand.process("signer", "trial-s2", "s1"))
        .as("of a domain that is called so")
        .isEqualTo("signer-trial-s2");
  }
}
