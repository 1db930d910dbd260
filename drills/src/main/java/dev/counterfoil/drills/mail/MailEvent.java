package dev.counterfoil.drills.mail;

import java.time.Instant;
import java.util.Optional;

/** What a mail server's events say, one by one. */
public sealed interface MailEvent {
  /** When it happened, by the mail server's clock. */
  Instant at();

  /** Whose login it was. */
  String user();

  /**
   * A client was let in.
   *
   * @param session the mail server's name of the connection
   * @param remoteAddress where it came from
   * @param digest hexadecimal SHA-256 of the token's signing input, when the events carry it
   * @param header the token's header, as JSON
   * @param claims the token's claims, as JSON
   */
  record Login(
      Instant at,
      String user,
      String session,
      String remoteAddress,
      Optional<String> digest,
      String header,
      String claims)
      implements MailEvent {}

  /**
   * A client was turned away. The event says nothing about its token.
   *
   * @param reason the mail server's words
   */
  record Refusal(Instant at, String user, String session, String remoteAddress, String reason)
      implements MailEvent {}

  /**
   * A message's content was fetched.
   *
   * @param session the connection, which joins it with a login
   * @param uid the message's number in the mailbox
   */
  record MessageRead(Instant at, String user, String session, String mailbox, long uid)
      implements MailEvent {}
}
