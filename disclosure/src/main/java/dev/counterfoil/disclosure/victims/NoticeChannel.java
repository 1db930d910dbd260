package dev.counterfoil.disclosure.victims;

import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import java.io.IOException;

/** A way on which notices go out. */
@FunctionalInterface
public interface NoticeChannel {
  /**
   * Sends a notice. It is sent again under the same name where it is unknown whether it arrived.
   *
   * @param signed the file, with its receipt
   * @throws IOException when it did not go out; the message says why
   */
  void send(TheftNotice notice, SignedDisclosure signed, Contacts.Contact contact)
      throws IOException, InterruptedException;
}
