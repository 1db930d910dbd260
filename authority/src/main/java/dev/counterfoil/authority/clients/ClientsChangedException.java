package dev.counterfoil.authority.clients;

import java.io.IOException;

/** Another authority changed the clients at the same moment; nothing was done here. */
public final class ClientsChangedException extends IOException {
  private static final long serialVersionUID = 1L;

  ClientsChangedException() {
    super("another authority changed the clients at the same moment: try again");
  }
}
