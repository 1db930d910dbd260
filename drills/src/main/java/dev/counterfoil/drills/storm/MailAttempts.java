package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.mail.ImapReader;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.format.bytes.Hash;
import jakarta.mail.MessagingException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Several logins with several tokens at one mail server, and what came of them. */
final class MailAttempts {
  /** Makes a token for a user. */
  interface TokenSource {
    String token(MailUser user) throws Exception;
  }

  private static final int HONEST_MESSAGES = 25;

  private final List<MailUser> opened = new ArrayList<>();
  private final Set<String> refusals = new LinkedHashSet<>();
  private final Set<Hash> digests = new LinkedHashSet<>();
  private int tried;
  private long messages;
  private long bytes;
  private boolean rightMail = true;

  private MailAttempts() {}

  /**
   * Users read their newest mail, as a mail program does when it starts.
   *
   * @return what came of it
   */
  static MailAttempts glance(
      Stage stage, DovecotServer server, List<MailUser> users, TokenSource tokens)
      throws Exception {
    return read(stage, server, users, tokens, HONEST_MESSAGES);
  }

  /** Somebody reads whole mailboxes. */
  static MailAttempts plunder(
      Stage stage, DovecotServer server, List<MailUser> victims, TokenSource tokens)
      throws Exception {
    return read(stage, server, victims, tokens, Integer.MAX_VALUE);
  }

  /** Every user with a token of his own domain, at a server. */
  static MailAttempts honest(Stage stage, DovecotServer server, List<MailUser> users)
      throws Exception {
    return glance(stage, server, users, user -> stage.domainOf(user).token(user));
  }

  private static MailAttempts read(
      Stage stage, DovecotServer server, List<MailUser> users, TokenSource tokens, int messagesMax)
      throws Exception {
    var attempts = new MailAttempts();
    var reader = new ImapReader(server.address());
    for (MailUser user : users) {
      attempts.add(stage, user, reader, tokens.token(user), messagesMax);
    }
    return attempts;
  }

  private void add(Stage stage, MailUser user, ImapReader reader, String token, int messagesMax)
      throws MessagingException, IOException {
    tried++;
    digests.add(digest(token));
    switch (reader.read(user.name(), token, messagesMax)) {
      case ImapReader.Result.Read read -> {
        opened.add(user);
        messages += read.messageIds().size();
        bytes += read.bytes();
        List<String> all = stage.mailboxes().messageIds(user.name());
        int from = Math.max(0, all.size() - messagesMax);
        rightMail &= read.messageIds().equals(all.subList(from, all.size()));
      }
      case ImapReader.Result.Refused refused -> refusals.add(refused.reason());
    }
  }

  /** The digest of a token's signing input: what its leaf holds. */
  static Hash digest(String token) {
    return Hash.sha256(
        token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
  }

  /** Whether each got in and read the messages that are really there. */
  boolean allOpened() {
    return opened.size() == tried && tried > 0 && rightMail;
  }

  /** Whether nobody got in. */
  boolean noneOpened() {
    return opened.isEmpty() && tried > 0;
  }

  /** Messages fetched. */
  long messages() {
    return messages;
  }

  /** Digests of the tokens that were shown. */
  Set<Hash> digests() {
    return Set.copyOf(digests);
  }

  /** In words. */
  String summary() {
    String text =
        "%d of %d mailboxes opened, %d messages read".formatted(opened.size(), tried, messages);
    return refusals.isEmpty() ? text : text + "; refused with: " + String.join(" / ", refusals);
  }

  /** In figures. */
  Map<String, Object> figures() {
    return Map.of(
        "tried", tried, "opened", opened.size(), "messages_read", messages, "bytes_read", bytes);
  }
}
