package dev.counterfoil.drills.mail;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Writes one user's mail: senders inside and outside, subjects, bodies of a few paragraphs. */
final class MessageWriter {
  /**
   * A message as it lies on disk.
   *
   * @param id its Message-ID, without angle brackets
   * @param sent its date
   * @param text headers and body, lines ended by LF
   */
  record Message(String id, Instant sent, String text) {}

  private static final List<String> TOPICS =
      List.of("harbour", "customs", "budget", "rail link", "water treaty", "housing", "archive");

  private static final List<String> SENTENCES =
      List.of(
          "Please find my remarks below; the second point is the one that worries me.",
          "The %s team would like to see the text before it goes out.",
          "We are still missing two figures, and I would rather be late than wrong.",
          "The position on %s has not changed since spring.",
          "If this is agreed by Thursday we can go ahead in the same week.",
          "The numbers for %s are higher than we were told, by about a tenth.");

  private static final Duration SPAN = Duration.ofDays(84);
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH);

  private final Random random;
  private final MailUser user;
  private final List<String> senders = new ArrayList<>(List.of("registrar@archive.example"));

  MessageWriter(Random random, MailUser user, List<MailUser> everybody) {
    this.random = random;
    this.user = user;
    everybody.stream()
        .filter(other -> other.tenant().equals(user.tenant()) && !other.equals(user))
        .forEach(other -> senders.add(address(other)));
  }

  /** Writes a mailbox, oldest message first. */
  List<Message> write(int count, Instant newest) {
    List<Message> messages = new ArrayList<>(count);
    for (int i = count; i > 0; i--) {
      Instant sent = newest.minus(SPAN.dividedBy(count).multipliedBy(i));
      String id =
          "%d.%08x@%s.example".formatted(sent.getEpochSecond(), random.nextInt(), user.tenant());
      messages.add(new Message(id, sent, text(id, sent)));
    }
    return messages;
  }

  private String text(String id, Instant sent) {
    StringBuilder body = new StringBuilder();
    for (int sentence = 8 + random.nextInt(12); sentence > 0; sentence--) {
      body.append(pick(SENTENCES).formatted(pick(TOPICS))).append('\n');
    }
    return """
    Date: %s
    From: %s
    To: %s
    Subject: Question about the %s contract
    Message-ID: <%s>
    MIME-Version: 1.0
    Content-Type: text/plain; charset=utf-8

    %s"""
        .formatted(
            DATE.format(sent.atOffset(ZoneOffset.UTC)),
            pick(senders),
            address(user),
            pick(TOPICS),
            id,
            body);
  }

  private static String address(MailUser user) {
    return user.name().replaceAll("@.*", "") + "@" + user.tenant() + ".example";
  }

  private String pick(List<String> from) {
    return from.get(random.nextInt(from.size()));
  }
}
