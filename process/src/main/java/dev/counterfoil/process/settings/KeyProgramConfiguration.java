package dev.counterfoil.process.settings;

import dev.counterfoil.hardening.Reach;
import java.io.IOException;

/** The configuration of one of the two programs. */
public interface KeyProgramConfiguration {
  /** What both have. */
  ProcessSettings process();

  /** Its name in events and messages: {@code registrar}, or {@code signer-} and the signer's. */
  String part();

  /** {@code signer} or {@code registrar}. */
  default String role() {
    return part().replaceFirst("-.*", "");
  }

  /** What it reaches. */
  Reach reach();

  /**
   * Who may connect where.
   *
   * @throws dev.counterfoil.configuration.UnixUsers.UnknownUserException when one does not exist
   * @throws IllegalArgumentException when two that have to be told apart are one
   * @throws IOException when the user database cannot be read
   */
  PeerUsers users() throws IOException;
}
