package dev.counterfoil.drills.mail;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Writes one user's mail: threads with replies that quote, senders inside and outside, working
 * hours, bodies of a few paragraphs.
 */
final class MessageWriter {
  /**
   * A message as it lies on disk.
   *
   * @param id its Message-ID, without angle brackets
   * @param sent its date
   * @param text headers and body, lines ended by LF
   */
  record Message(String id, Instant sent, String text) {}

  private record Conversation(String subject, String partner, List<String> ids, String lastBody) {}

  private static final List<String> OUTSIDERS =
      List.of(
          "Office of the Registrar <registrar@archive.example>",
          "Mirela Stan <mirela.stan@freight.example>",
          "Joon Park <joon@park-associates.example>",
          "Travel Desk <bookings@travel.example>",
          "Nadia Haddad <n.haddad@university.example>",
          "Building Services <facilities@estate.example>",
          "Weekly Digest <digest@news.example>",
          "Tomas Ek <tomas.ek@embassy.example>");

  private static final List<String> SUBJECTS =
      List.of(
          "Draft agenda for the %s meeting",
          "Comments on the %s paper, second round",
          "%s: figures for the quarter",
          "Visit of the %s delegation",
          "Invoice and delivery note, %s",
          "Travel to the %s conference",
          "Minutes: %s working group",
          "Question about the %s contract",
          "%s: who signs this off?",
          "Access to the %s folder",
          "Notes from the call on %s",
          "Reminder: %s review is due");

  private static final List<String> TOPICS =
      List.of(
          "harbour",
          "customs",
          "fisheries",
          "budget",
          "rail link",
          "water treaty",
          "procurement",
          "housing",
          "export licence",
          "grid",
          "vaccination",
          "recruitment",
          "archive",
          "translation",
          "satellite",
          "insurance");

  private static final List<String> SENTENCES =
      List.of(
          "Please find my remarks below; the second point is the one that worries me.",
          "The %s team would like to see the text before it goes out.",
          "I spoke to them this morning and they can live with the wording in paragraph 4.",
          "We are still missing two figures, and I would rather be late than wrong.",
          "Could you confirm the date, so that the room can be booked?",
          "As far as I know nobody has told the other side yet, so keep this between us for now.",
          "The position on %s has not changed since spring.",
          "I attach nothing on purpose: the paper is in the shared folder.",
          "If this is agreed by Thursday we can go ahead in the same week.",
          "They asked for an extension of ten days, and I see no reason to refuse.",
          "The lawyers have one question left about liability.",
          "My flight leaves at 06:40, after that I can be reached by phone only.",
          "Let us not repeat what happened with %s last year.",
          "Thank you for the quick answer.",
          "The numbers for %s are higher than we were told, by about a tenth.",
          "I would leave out the third annex altogether.");

  private static final List<String> GOODBYES =
      List.of("Best regards,", "Kind regards,", "Many thanks,", "Yours,", "Best,");

  private static final double REPLY_SHARE = 0.55;
  private static final Duration SPAN = Duration.ofDays(84);
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH);

  private final Random random;
  private final MailUser user;
  private final List<String> colleagues;

  MessageWriter(Random random, MailUser user, List<MailUser> everybody) {
    this.random = random;
    this.user = user;
    this.colleagues =
        everybody.stream()
            .filter(other -> other.tenant().equals(user.tenant()) && !other.equals(user))
            .map(MessageWriter::address)
            .toList();
  }

  /** Writes a mailbox, oldest message first. */
  List<Message> write(int count, Instant newest) {
    List<Message> messages = new ArrayList<>(count);
    List<Conversation> threads = new ArrayList<>();
    long stepMillis = SPAN.toMillis() / count;
    for (int i = 0; i < count; i++) {
      Instant sent =
          workingHour(newest.minusMillis((count - i) * stepMillis), messages, stepMillis);
      boolean reply = !threads.isEmpty() && random.nextDouble() < REPLY_SHARE;
      int which = reply ? random.nextInt(threads.size()) : threads.size();
      Conversation thread = reply ? threads.get(which) : open();
      String id =
          String.format(
              Locale.ROOT,
              "%d.%08x@%s.example",
              sent.getEpochSecond(),
              random.nextInt(),
              user.tenant());
      String body = body(thread, reply);
      messages.add(new Message(id, sent, text(id, sent, thread, reply, body)));
      List<String> ids = new ArrayList<>(thread.ids());
      ids.add(id);
      Conversation grown =
          new Conversation(thread.subject(), thread.partner(), List.copyOf(ids), body);
      if (reply) {
        threads.set(which, grown);
      } else {
        threads.add(grown);
      }
    }
    return messages;
  }

  private Conversation open() {
    boolean inside = !colleagues.isEmpty() && random.nextInt(3) > 0;
    String partner = inside ? pick(colleagues) : pick(OUTSIDERS);
    return new Conversation(
        String.format(Locale.ROOT, pick(SUBJECTS), pick(TOPICS)), partner, List.of(), "");
  }

  private Instant workingHour(Instant about, List<Message> before, long stepMillis) {
    var time = about.atOffset(ZoneOffset.UTC).withHour(7 + random.nextInt(11));
    Instant instant = time.withSecond(random.nextInt(60)).toInstant();
    // A mailbox is in order of arrival, so a message is never older than the one before it.
    Instant floor = before.isEmpty() ? Instant.MIN : before.getLast().sent();
    return instant.isAfter(floor)
        ? instant
        : floor.plusMillis(1000 + random.nextLong(Math.max(1, stepMillis / 8)));
  }

  private String body(Conversation thread, boolean reply) {
    var text = new StringBuilder("Dear ").append(firstName(user.name())).append(",\n\n");
    int paragraphs = 1 + random.nextInt(4);
    for (int p = 0; p < paragraphs; p++) {
      int sentences = 2 + random.nextInt(4);
      for (int s = 0; s < sentences; s++) {
        text.append(String.format(Locale.ROOT, pick(SENTENCES), pick(TOPICS)))
            .append(s == sentences - 1 ? '\n' : ' ');
      }
      text.append('\n');
    }
    text.append(pick(GOODBYES)).append('\n').append(firstName(thread.partner())).append('\n');
    if (reply) {
      text.append("\nYou wrote:\n");
      thread
          .lastBody()
          .lines()
          .limit(12)
          .forEach(line -> text.append("> ").append(line).append('\n'));
    }
    return text.toString();
  }

  private String text(String id, Instant sent, Conversation thread, boolean reply, String body) {
    var text = new StringBuilder();
    header(text, "Return-Path", thread.partner().replaceAll(".*<", "<"));
    header(text, "Date", DATE.format(sent.atOffset(ZoneOffset.UTC)));
    header(text, "From", thread.partner());
    header(text, "To", address(user));
    header(text, "Subject", (reply ? "Re: " : "") + thread.subject());
    header(text, "Message-ID", "<" + id + ">");
    if (reply) {
      header(text, "In-Reply-To", "<" + thread.ids().getLast() + ">");
      // Long threads keep the first and the last few, as mail programs do (RFC 5322 3.6.4).
      List<String> ids = thread.ids();
      List<String> kept = ids.subList(Math.max(0, ids.size() - 4), ids.size());
      header(text, "References", "<" + String.join(">\n <", kept) + ">");
    }
    header(text, "MIME-Version", "1.0");
    header(text, "Content-Type", "text/plain; charset=utf-8");
    return text.append('\n').append(body).toString();
  }

  private static void header(StringBuilder text, String name, String value) {
    text.append(name).append(": ").append(value).append('\n');
  }

  private static String address(MailUser user) {
    String local = user.name().replaceAll("@.*", "");
    return firstName(local) + " <" + local + "@" + user.tenant() + ".example>";
  }

  private static String firstName(String of) {
    String word = of.split("[ .@]", 2)[0];
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  private String pick(List<String> from) {
    return from.get(random.nextInt(from.size()));
  }
}
