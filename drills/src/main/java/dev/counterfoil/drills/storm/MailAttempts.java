package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.mail.HttpMailClient;
import dev.counterfoil.drills.mail.ImapReader;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.format.bytes.Hash;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Several tries to read mail with several tokens, and what came of them. */
final class MailAttempts {
  /** Makes a token for a user. */
  @FunctionalInterface
  interface TokenSource {
    String token(MailUser user) throws Exception;
  }

  private static final int NEWEST = 25;

  private final Map<String, Set<String>> refusals = new TreeMap<>();
  private final Set<Hash> digests = new LinkedHashSet<>();
  private int tried;
  private int opened;
  private long messages;
  private long bytes;
  private boolean rightMail = true;

  /** Users read their newest mail, as a mail program does when it starts. */
  static MailAttempts glance(
      Stage stage, DovecotServer server, List<MailUser> users, TokenSource tokens)
      throws Exception {
    return read(stage, server, users, tokens, NEWEST);
  }

  /** Whole mailboxes are read. */
  static MailAttempts plunder(
      Stage stage, DovecotServer server, List<MailUser> victims, TokenSource tokens)
      throws Exception {
    return read(stage, server, victims, tokens, Integer.MAX_VALUE);
  }

  /** Every user with a token of its own domain, at a server. */
  static MailAttempts honest(Stage stage, DovecotServer server, List<MailUser> users)
      throws Exception {
    return glance(stage, server, users, user -> stage.domainOf(user).token(user));
  }

  private static MailAttempts read(
      Stage stage, DovecotServer server, List<MailUser> users, TokenSource tokens, int messagesMax)
      throws Exception {
    MailAttempts attempts = new MailAttempts();
    ImapReader reader = new ImapReader(server.address());
    for (MailUser user : users) {
      String token = tokens.token(user);
      attempts.digests.add(digest(token));
      attempts.tried++;
      switch (reader.read(user.name(), token, messagesMax)) {
        case ImapReader.Result.Read read -> {
          attempts.opened++;
          attempts.messages += read.messageIds().size();
          attempts.bytes += read.bytes();
          List<String> all = stage.mailboxes().messageIds(user.name());
          int from = Math.max(0, all.size() - messagesMax);
          attempts.rightMail &= read.messageIds().equals(all.subList(from, all.size()));
        }
        case ImapReader.Result.Refused refused -> attempts.refused(user.name(), refused.reason());
      }
    }
    return attempts;
  }

  private void refused(String what, String why) {
    refusals.computeIfAbsent(why, reason -> new LinkedHashSet<>()).add(what);
  }

  /** Takes what came of a request over HTTP. */
  void add(String what, HttpMailClient.Result result) {
    tried++;
    switch (result) {
      case HttpMailClient.Result.Read read -> opened++;
      case HttpMailClient.Result.Refused refusal -> refused(what, refusal.code());
    }
  }

  /** These and others. */
  MailAttempts and(MailAttempts others) {
    MailAttempts both = new MailAttempts();
    for (MailAttempts one : List.of(this, others)) {
      both.tried += one.tried;
      both.opened += one.opened;
      both.messages += one.messages;
      both.bytes += one.bytes;
      both.rightMail &= one.rightMail;
      both.digests.addAll(one.digests);
      one.refusals.forEach((why, whats) -> whats.forEach(what -> both.refused(what, why)));
    }
    return both;
  }

  /** The digest of a token's signing input: what its leaf holds. */
  static Hash digest(String token) {
    return Hash.sha256(
        token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
  }

  /** Whether each got in and read the messages that are really there. */
  boolean allOpened() {
    return opened == tried && tried > 0 && rightMail;
  }

  /** Whether nobody got in. */
  boolean noneOpened() {
    return opened == 0 && tried > 0;
  }

  /** Messages fetched. */
  long messages() {
    return messages;
  }

  /** Digests of the tokens that were shown over IMAP. */
  Set<Hash> digests() {
    return Set.copyOf(digests);
  }

  /** In words. */
  String summary() {
    StringBuilder text = new StringBuilder("%d of %d opened".formatted(opened, tried));
    if (messages > 0) {
      text.append(", %d messages read".formatted(messages));
    }
    refusals.forEach(
        (why, whats) -> text.append("; %s for %s".formatted(why, String.join(", ", whats))));
    return text.toString();
  }

  /** In figures. */
  Map<String, Object> figures() {
    return Map.of("tried", tried, "opened", opened, "messages_read", messages, "bytes_read", bytes);
  }
}
