package dev.counterfoil.disclosure.desk;

import static dev.counterfoil.disclosure.desk.DeskWorld.ANNA;
import static dev.counterfoil.disclosure.desk.DeskWorld.BEN;
import static dev.counterfoil.disclosure.desk.DeskWorld.about;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TestIssuer;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.VictimCounts;
import dev.counterfoil.disclosure.clocks.ClockPage;
import dev.counterfoil.disclosure.promises.PromiseRecord;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.disclosure.promises.SaidOfPromises;
import dev.counterfoil.disclosure.record.IncidentRecord;
import dev.counterfoil.disclosure.record.NoticeState;
import dev.counterfoil.disclosure.record.Publication;
import dev.counterfoil.disclosure.record.RecordKind;
import dev.counterfoil.disclosure.victims.NoticeText;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.log.disk.LogDamagedException;
import dev.counterfoil.signerprotocol.Answer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From an incident to a statement, notices, and the correction that reaches everyone. */
class DisclosureDeskTest {
  @TempDir private Path folder;

  private SignedDisclosure read(String file) throws Exception {
    return SignedDisclosure.parse(Files.readAllBytes(folder.resolve("public").resolve(file)));
  }

  @Test
  void aStatementIsPublishedByTwoAndVerifiesOffline() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      String draft = world.draft();
      world.did(ANNA, "approve", about("7").with("draft", draft));
      Answer.Refused alone = world.refused(ANNA, "publish", about("7").with("draft", draft));
      assertThat(alone.code()).isEqualTo(Answer.Code.NOT_ALLOWED);

      world.did(BEN, "approve", about("7").with("draft", draft));
      JsonObject published = world.did(ANNA, "publish", about("7").with("draft", draft));

      SignedDisclosure signed = read("incidents/7/statement.json");
      assertThat(signed.checkCode()).isEqualTo(published.string("check_code"));
      PublicStatement statement = PublicStatement.verify(List.of(signed), world.issuer.policy());
      assertThat(statement.claim("C2")).map(Claim::state).hasValue(Claim.State.HYPOTHESIS);
      assertThat(Files.readString(folder.resolve("public/incidents/7/index.html")))
          .contains("What we do not know")
          .contains("2 tenants, 2 people, 12 items");

      TestIssuer other = new TestIssuer("consumer");
      assertThatThrownBy(() -> PublicStatement.verify(List.of(signed), other.policy()))
          .isInstanceOf(DisclosureException.class);
      SignedDisclosure unreceipted =
          new SignedDisclosure(signed.jws(), signed.key(), Optional.empty());
      assertThatThrownBy(() -> PublicStatement.verify(List.of(unreceipted), world.issuer.policy()))
          .hasMessageContaining("no receipt");
    }
  }

  @Test
  void aCrashBehindAPublicationKeepsNobodyFromItsCorrection() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      world.did(ANNA, "notify", about("7").with("draft", ""));
      world.now = world.now.plus(Duration.ofHours(3));
      world.publishing.makeMissingNotices();
      IncidentRecord record = world.record.incidents().getFirst();
      assertThat(record.notices()).as("nothing is missing yet").hasSize(2);

      // The next version is recorded, and the process ends before it makes a notice.
      Publication last = record.publications().getLast();
      PublicStatement next =
          last.statement()
              .next(
                  last.signed(),
                  world.now,
                  last.statement().claims(),
                  List.of(),
                  Optional.empty(),
                  last.statement().texts());
      SignedDisclosure signed = world.keys.sign(PublicStatement.TYPE, next.toJson(), world.now);
      world.record.add(
          RecordKind.PUBLICATION,
          "7",
          world.now,
          ANNA,
          Publication.body(List.of(BEN, ANNA), next, signed),
          Optional.of(signed.digest()));
      world.publishing.makeMissingNotices();
      world.publishing.makeMissingNotices();
      assertThat(record.notices()).hasSize(4);
    }
  }

  @Test
  void aStepWritesPagesWhenSomethingWasRecordedAndEveryMinute() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      world.publishing.followUp();
      Path page = folder.resolve("public/incidents/7/index.html");
      Files.delete(page);
      world.publishing.followUp();
      assertThat(page).doesNotExist();
      world.texts("summary", "Another one.");
      world.publishing.followUp();
      assertThat(page).exists();
      Files.delete(page);
      world.now = world.now.plus(Duration.ofMinutes(1));
      world.publishing.followUp();
      assertThat(page).exists();
    }
  }

  @Test
  void aTenantThatWasNamedWronglyIsToldSo() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      world.did(ANNA, "notify", about("7").with("draft", ""));
      world.now = world.now.plus(Duration.ofHours(3));
      world.open(List.of(world.account("acme", "alice")));
      world.publish();
      List<TheftNotice> notices =
          world.record.incidents().getFirst().notices().stream()
              .map(NoticeState::notice)
              .filter(notice -> notice.tenant().equals("zeta"))
              .toList();
      assertThat(notices).hasSize(2);
      assertThat(notices.getFirst().affected()).hasSize(1);
      assertThat(notices.getLast().affected()).isEmpty();
      assertThat(NoticeText.of(notices.getLast(), "code", "place", "en"))
          .contains("none of them is affected");
    }
  }

  @Test
  void aWithdrawnClaimReachesEveryoneWhoGotTheWrongVersion() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      JsonObject sent = world.did(ANNA, "notify", about("7").with("draft", ""));
      assertThat(sent.strings("notices")).hasSize(2);
      world.now = world.now.plus(Duration.ofHours(3));

      assertThat(
              world
                  .refused(
                      ANNA,
                      "claim-withdraw",
                      about("7").with("id", "C2", "reason", "No dump was written."))
                  .text())
          .contains("with a correction");
      world.did(
          ANNA,
          "claim-withdraw",
          about("7")
              .with("id", "C2", "reason", "No dump was written.")
              .with(
                  "correction",
                  JsonObject.builder()
                      .put("wrong", "The key did not leave in a dump.")
                      .put("found_at", world.now.getEpochSecond())
                      .put("found_how", "We read every dump.")
                      .put("believed_because", "A crash came before the theft.")
                      .put("prevention", "A cause is published only with the dump.")
                      .build()));
      JsonObject due = world.did(ANNA, "clocks", JsonObject.builder().build());
      assertThat(due.objects("due").stream().map(one -> String.valueOf(one.get("rule"))))
          .contains("correction");
      Instant wrong = world.now;
      assertThat(corrections(world)).containsExactly(correction("7/C2", wrong, Instant.EPOCH));
      world.now = world.now.plus(Duration.ofHours(1));

      JsonObject second = world.publish();

      assertThat(corrections(world)).containsExactly(correction("7/C2", wrong, world.now));
      world.now = world.now.plus(Duration.ofHours(1));
      world.publish();
      assertThat(corrections(world))
          .as("a later statement changes nothing of it")
          .containsExactly(correction("7/C2", wrong, wrong.plus(Duration.ofHours(1))));

      assertThat(second.strings("notices")).hasSize(2);
      for (String code : second.strings("notices")) {
        SignedDisclosure file =
            SignedDisclosure.parse(
                world
                    .did(ANNA, "notice-file", JsonObject.builder().put("code", code).build())
                    .string("file")
                    .getBytes(StandardCharsets.UTF_8));
        TheftNotice notice = TheftNotice.verify(file, world.issuer.policy());
        assertThat(notice.details().corrections()).hasSize(1);
        assertThat(notice.details().corrections().getFirst().since()).isEqualTo(TestIssuer.NOW);
      }
      assertThat(Files.readString(folder.resolve("public/incidents/7/versions/1/index.html")))
          .contains("out of date since");
      assertThat(Files.readString(folder.resolve("public/incidents/7/index.html")))
          .doesNotContain("out of date since")
          .contains("<del>");
      PublicStatement last =
          PublicStatement.verify(
              List.of(
                  read("incidents/7/versions/1/statement.json"),
                  read("incidents/7/versions/2/statement.json")),
              world.issuer.policy());
      assertThat(last.corrections()).hasSize(1);
      assertThat(
              world.did(ANNA, "clocks", JsonObject.builder().build()).objects("due").stream()
                  .map(one -> String.valueOf(one.get("rule"))))
          .doesNotContain("correction");
    }
  }

  @Test
  void twoEditorsAtOnceLoseNothing() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      JsonObject change =
          about("7")
              .with("base", 1L)
              .with(
                  "claim",
                  JsonObject.builder().put("id", "C2").put("reason", "a dump of June").build());
      world.did(ANNA, "claim-revise", change);

      assertThat(world.refused(BEN, "claim-revise", change).code()).isEqualTo(Answer.Code.OUTDATED);
      world.did(BEN, "claim-revise", change.with("base", 2L));
      assertThat(world.record.incident("7").orElseThrow().history("C2")).hasSize(3);
    }
  }

  @Test
  void whatAnotherWroteIsWrittenOverByWhoHasReadIt() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      JsonObject text = JsonObject.builder().put("summary", "Ben's.").build();
      JsonObject unread = about("7").with("texts", text);
      assertThat(world.refused(BEN, "texts", unread).text()).contains("anna wrote text summary");
      String read = world.draft();
      world.texts("summary", "Anna's second.");
      Answer.Refused outdated = world.refused(BEN, "texts", unread.with("draft", read));
      assertThat(outdated.code()).isEqualTo(Answer.Code.OUTDATED);
      assertThat(world.record.incident("7").orElseThrow().texts())
          .containsEntry("summary", "Anna's second.");
      world.did(BEN, "texts", unread.with("draft", world.draft()));
      assertThat(world.record.incident("7").orElseThrow().texts())
          .containsEntry("summary", "Ben's.");
      // A text that nobody wrote needs no reading.
      world.did(
          BEN, "texts", about("7").with("texts", JsonObject.builder().put("note", "New.").build()));
    }
  }

  @Test
  void whatTheRecordHoldsComesBackAfterARestartAndAChangeShows() throws Exception {
    TestIssuer issuer = new TestIssuer("consumer");
    try (DeskWorld world = new DeskWorld(folder, issuer)) {
      world.ready();
      world.publish();
    }
    Files.delete(folder.resolve("public/incidents/7/index.html"));
    try (DeskWorld world = new DeskWorld(folder, issuer)) {
      assertThat(world.record.incident("7").orElseThrow().publications()).hasSize(1);
      assertThat(folder.resolve("public/incidents/7/index.html")).exists();
    }
    try (var contents = Files.list(folder.resolve("own/contents"))) {
      Path one = contents.sorted().findFirst().orElseThrow();
      Files.writeString(one, Files.readString(one).replace("\"v\":1", "\"v\":2"));
    }
    assertThatThrownBy(() -> new DeskWorld(folder, issuer))
        .isInstanceOf(LogDamagedException.class)
        .hasMessageContaining("was changed");
  }

  @Test
  void eachTenantFindsItselfAmongTheCommittedCounts() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      JsonObject sent = world.did(ANNA, "notify", about("7").with("draft", ""));
      String list = Files.readString(folder.resolve("public/incidents/7/counts.txt"));
      PublicStatement statement =
          PublicStatement.verify(
              List.of(read("incidents/7/statement.json")), world.issuer.policy());
      VictimCounts counts = statement.counts().orElseThrow();
      assertThat(counts.isList(list.getBytes(StandardCharsets.UTF_8))).isTrue();
      assertThat(counts.isList((list + "\n").getBytes(StandardCharsets.UTF_8))).isFalse();
      assertThat(list.lines()).hasSize(2);
      for (String code : sent.strings("notices")) {
        TheftNotice notice =
            world.record.incident("7").orElseThrow().notice(code).orElseThrow().notice();
        VictimCounts.OfTenant counted = notice.details().counted();
        assertThat(counted.people()).isEqualTo(1);
        assertThat(counted.items()).isEqualTo(notice.tenant().equals("acme") ? 12 : 0);
        assertThat(VictimCounts.objection(list, notice.tenant(), counted)).isEmpty();
        assertThat(TheftNotice.parse(notice.toJson()).details().counted()).isEqualTo(counted);
        // Whom the list leaves out, or counts otherwise, notices it.
        assertThat(VictimCounts.objection(list, "zeus", counted)).isPresent();
        assertThat(
                VictimCounts.objection(
                    list,
                    notice.tenant(),
                    new VictimCounts.OfTenant(counted.salt(), 2, counted.items())))
            .isPresent();
      }
    }
  }

  private static List<JsonObject> corrections(DeskWorld world) throws Exception {
    return world.did(ANNA, "corrections", JsonObject.builder().build()).objects("corrections");
  }

  private static JsonObject correction(String id, Instant at, Instant answered) {
    return JsonObject.builder()
        .put("id", id)
        .put("at", at.getEpochSecond())
        .put("answered", answered.getEpochSecond())
        .build();
  }

  @Test
  void withdrawnEvidenceStartsTheCorrectionClock() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      assertThat(corrections(world)).as("the control").isEmpty();
      JsonObject gone = about("7").with("evidence", "finding 17", "why", "It was of another host.");
      world.did(BEN, "evidence-withdraw", gone);
      JsonObject due =
          world.did(ANNA, "clocks", JsonObject.builder().build()).objects("due").getFirst();
      assertThat(due.string("rule")).isEqualTo("correction");
      assertThat(due.string("due")).isEqualTo(world.now.plus(Duration.ofDays(3)).toString());
      assertThat(corrections(world)).containsExactly(correction("7/C1", world.now, Instant.EPOCH));
      assertThat(world.did(ANNA, "check", about("7")).strings("objections"))
          .anyMatch(line -> line.contains("all its evidence was withdrawn"));
    }
  }

  @Test
  void whatIsSaidOfPromisesIsSignedChainedAndPublished() throws Exception {
    TestIssuer issuer = new TestIssuer("consumer");
    try (DeskWorld world = new DeskWorld(folder, issuer)) {
      JsonObject promise =
          JsonObject.builder()
              .put("id", "rotation")
              .put("sentence", "Keys are replaced.")
              .put("measure", "rotation-on-time")
              .put("bound", 9)
              .put("since", 1)
              .build();
      JsonObject said =
          JsonObject.builder()
              .put("promises", List.of(promise))
              .put(
                  "said",
                  List.of(
                      JsonObject.builder()
                          .put("id", "rotation")
                          .put("state", "broken")
                          .put("inputs", "00")
                          .build()))
              .build();
      long today = world.now.getEpochSecond();
      world.did(ANNA, "promises", said.with("as_of", today - 86_400));
      world.did(ANNA, "promises", said.with("as_of", today));
      SignedDisclosure first = read("promises/1.json");
      SaidOfPromises second =
          SaidOfPromises.parse(
              read("promises/2.json").verify(SaidOfPromises.TYPE, world.issuer.policy()));
      assertThat(second.previous()).contains(first.digest());
      assertThat(world.refused(ANNA, "promises", said.with("as_of", today)).code())
          .isEqualTo(Answer.Code.CONFLICT);
      assertThat(
              world
                  .refused(
                      ANNA,
                      "promises",
                      said.with("promises", List.of(promise.with("bound", 10L)))
                          .with("as_of", today + 1))
                  .text())
          .contains("promise rotation was published and is changed");
      assertThat(world.refused(ANNA, "promises", said.with("as_of", today + 3600)).text())
          .contains("future");

      // A day that promises.json lost comes back from its file in the public folder.
      PromiseRecord.Evaluation one = day(1, world);
      PromiseRecord.Evaluation two = day(2, world);
      PromiseRecord lost =
          new PromiseRecord(second.promises(), PublicHistory.NOTHING, List.of(two));
      assertThat(lost.unsigned(world.issuer.policy()))
          .singleElement()
          .asString()
          .contains("the one before it is missing");
      PromiseRecord whole =
          new PromiseRecord(second.promises(), PublicHistory.NOTHING, List.of(one, two));
      assertThat(whole.unsigned(world.issuer.policy())).isEmpty();
    }
    try (DeskWorld again = new DeskWorld(folder, issuer)) {
      assertThat(again.record.said()).hasSize(2);
    }
  }

  private PromiseRecord.Evaluation day(int number, DeskWorld world) throws Exception {
    SignedDisclosure file = read("promises/" + number + ".json");
    SaidOfPromises said =
        SaidOfPromises.parse(file.verify(SaidOfPromises.TYPE, world.issuer.policy()));
    return new PromiseRecord.Evaluation(said.asOf(), said.said(), Optional.of(file));
  }

  @Test
  void aReportedWeaknessKeepsItsStateItsReasonsAndItsClock() throws Exception {
    TestIssuer issuer = new TestIssuer("consumer");
    try (DeskWorld world = new DeskWorld(folder, issuer)) {
      JsonObject report =
          JsonObject.builder()
              .put("subject", "Twice")
              .put("text", "A token is taken twice.")
              .put("reporter", "ada@example.org")
              .build();
      JsonObject none = JsonObject.builder().build();
      String id = world.did(ANNA, "weakness-receive", none.with("report", report)).string("id");
      assertThat(id).isEqualTo("V-2026-0001");
      assertThat(world.did(ANNA, "clocks", none).objects("due"))
          .anyMatch(due -> Objects.equals(due.get("stage"), "acknowledge"));
      JsonObject move = none.with("id", id, "why", "by mail");
      assertThat(world.refused(ANNA, "weakness-move", move.with("state", "verified")).text())
          .contains("can become acknowledged");
      world.did(ANNA, "weakness-move", move.with("state", "acknowledged"));
      Instant end = world.now.plus(Duration.ofDays(30));
      world.did(BEN, "weakness-move", move.with("embargo", end.getEpochSecond()));
      assertThat(world.refused(ANNA, "weakness-move", move).text()).contains("name a state");
    }
    try (DeskWorld again = new DeskWorld(folder, issuer)) {
      JsonObject shown =
          again.did(ANNA, "weakness", JsonObject.builder().put("id", "V-2026-0001").build());
      assertThat(shown.string("state")).isEqualTo("acknowledged");
      assertThat(shown.string("due")).isEqualTo(again.now.plus(Duration.ofDays(30)).toString());
      assertThat(shown.objects("moves")).hasSize(2);
    }
  }

  @Test
  void twoPeopleHoldBackForATimeAndEverybodySeesThat() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      Instant end = world.now.plus(Duration.ofDays(3));
      JsonObject hold =
          about("7").with("reason", "The police asks for it.", "until", end.getEpochSecond());
      long position = world.did(ANNA, "hold", hold).number("hold");
      JsonObject one = about("7").with("hold", position);
      assertThat(world.refused(ANNA, "hold-confirm", one).code())
          .isEqualTo(Answer.Code.NOT_ALLOWED);
      world.publishing.writePages();
      Path page = world.folder.resolve("public/holds.txt");
      assertThat(Files.readString(page)).doesNotContain("position " + position);
      String commitment = world.did(BEN, "hold-confirm", one).string("commitment");
      world.publishing.writePages();
      assertThat(Files.readString(page))
          .contains("position " + position, "until " + end, commitment)
          .doesNotContain("police");
      String draft = world.draft();
      world.did(BEN, "approve", about("7").with("draft", draft));
      assertThat(world.refused(ANNA, "publish", about("7").with("draft", draft)).text())
          .contains("held back until", "counterfoil hold lift 7 " + position);
      assertThat(world.refused(ANNA, "notify", about("7").with("draft", draft)).text())
          .contains("held back until");
      assertThat(world.did(ANNA, "clocks", JsonObject.builder().build()).objects("due"))
          .anyMatch(due -> Objects.equals(due.get("rule"), "hold"));
      world.did(ANNA, "hold-lift", one);
      world.did(ANNA, "publish", about("7").with("draft", draft));
      assertThat(Files.readString(page)).contains("ended at");
      assertThat(
              world
                  .refused(
                      ANNA,
                      "hold",
                      hold.with("until", world.now.plus(Duration.ofDays(31)).getEpochSecond()))
                  .text())
          .contains("30 days");
    }
  }

  @Test
  void operatorsReadTheDeskAtTheConsoleAndTwoOfThemApprove() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.texts("summary", "Tokens of 400 tenants were forged.");
      JsonObject none = JsonObject.builder().build();
      Answer.Done desk = (Answer.Done) world.desk.forConsole("person-desk", none, "console");
      assertThat(desk.result().objects("incidents")).hasSize(1);
      JsonObject about = about("7").with("document", "notice/acme");
      JsonObject read =
          ((Answer.Done) world.desk.forConsole("person-incident", about, "console")).result();
      assertThat(read.string("content")).contains("alice").doesNotContain("zoe");
      assertThat(read.strings("documents")).contains("text", "notice/acme", "notice/zeta");
      assertThat(read.objects("claims")).hasSize(3);
      assertThat(read.objects("contradictions")).isNotEmpty();
      for (String nobody : List.of("notice", "notice/", "notice/nobody")) {
        assertThat(
                world.desk.forConsole("person-incident", about.with("document", nobody), "console"))
            .isInstanceOf(Answer.Refused.class);
      }
      world.texts("summary", "Tokens were forged for accounts of some tenants.");

      // The operator at the socket may be one of them under another name, so it takes two of them.
      String draft = world.draft();
      JsonObject approval = about("7").with("draft", draft);
      assertThat(
              world.desk.forConsole(
                  "person-approve", approval.with("draft", "0", "subject", "olive"), "console"))
          .isInstanceOfSatisfying(
              Answer.Refused.class, no -> assertThat(no.code()).isEqualTo(Answer.Code.OUTDATED));
      for (String again : List.of("olive", "olive")) {
        world.desk.forConsole("person-approve", approval.with("subject", again), "console");
        assertThat(world.refused(ANNA, "publish", approval).code())
            .isEqualTo(Answer.Code.NOT_ALLOWED);
      }
      Answer.Done two =
          (Answer.Done)
              world.desk.forConsole("person-approve", approval.with("subject", "otto"), "console");
      assertThat(two.result().strings("approved_by")).contains("person:olive", "person:otto");
      assertThat(world.desk.forConsole("publish", approval, "console"))
          .isInstanceOf(Answer.Refused.class);
      world.did(ANNA, "publish", approval);
    }
  }

  @Test
  void aTenantSeesAcknowledgesAndAsksAboutItsOwnNoticesAndNoOthers() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      world.did(ANNA, "notify", about("7").with("draft", ""));
      JsonObject acme = JsonObject.builder().put("tenant", "acme").build();
      Answer.Done seen = (Answer.Done) world.desk.forConsole("tenant-notices", acme, "console");
      JsonObject notice = seen.result().objects("notices").getFirst();
      assertThat(seen.result().objects("notices")).hasSize(1);
      assertThat(notice.toString()).contains("alice").doesNotContain("zoe");
      JsonObject about =
          acme.with("code", notice.string("code"), "person", "Ada")
              .with("subject", "p-7", "text", "Which items?");
      // The thief of an affected account does not say that its tenant knows.
      for (String affected : List.of("subject", "person")) {
        assertThat(
                world.desk.forConsole(
                    "tenant-acknowledge", about.with(affected, "Alice"), "console"))
            .isInstanceOfSatisfying(
                Answer.Refused.class,
                no -> assertThat(no.code()).isEqualTo(Answer.Code.NOT_ALLOWED));
      }
      assertThat(world.record.incident("7").orElseThrow().notices())
          .allMatch(one -> one.acknowledgedAt().isEmpty());
      for (String command : List.of("tenant-acknowledge", "tenant-ask")) {
        assertThat(world.desk.forConsole(command, about.with("tenant", "zeta"), "console"))
            .isInstanceOf(Answer.Refused.class);
        assertThat(world.desk.forConsole(command, about, "console"))
            .isInstanceOf(Answer.Done.class);
      }
      assertThat(world.desk.forConsole("publish", about("7"), "console"))
          .isInstanceOf(Answer.Refused.class);
      JsonObject none = JsonObject.builder().build();
      JsonObject question = world.did(ANNA, "questions", none).objects("questions").getFirst();
      assertThat(question.string("tenant")).isEqualTo("acme");
      assertThat(world.did(ANNA, "clocks", none).objects("due"))
          .anyMatch(
              due ->
                  Objects.equals(due.get("rule"), "question")
                      && Objects.equals(
                          due.get("due"), world.now.plus(Duration.ofDays(7)).toString()));
      world.did(
          BEN,
          "answer",
          none.with("question", question.number("question"), "text", "All twelve of them."));
      seen = (Answer.Done) world.desk.forConsole("tenant-notices", acme, "console");
      notice = seen.result().objects("notices").getFirst();
      assertThat(notice.string("acknowledged_by")).isEqualTo("Ada");
      assertThat(notice.objects("questions").getFirst().string("answer"))
          .isEqualTo("All twelve of them.");
      assertThat(world.did(ANNA, "clocks", none).objects("due"))
          .noneMatch(due -> Objects.equals(due.get("rule"), "question"));
    }
  }

  @Test
  void anOlderNoticeSaysThatItIsOutOfDate() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      world.did(ANNA, "notify", about("7").with("draft", ""));
      JsonObject acme = JsonObject.builder().put("tenant", "acme").build();
      JsonObject first = notices(world, acme).getFirst();
      Path page = folder.resolve("public/codes/" + first.string("code") + ".txt");
      String earlier = first.string("code");
      assertThat(first.has("replaced_by")).isFalse();
      assertThat(Files.readString(page)).doesNotContain("out of date");
      world.now = world.now.plusSeconds(60);
      world.texts("summary", "Tokens were forged, and we know more now.");
      world.publish();
      List<JsonObject> both = notices(world, acme);
      assertThat(both).hasSize(2);
      String later = both.getFirst().string("code");
      assertThat(both.getFirst().has("replaced_by")).isFalse();
      assertThat(both.getLast().string("replaced_by")).isEqualTo(later);
      assertThat(Files.readString(page)).contains("out of date since", later);
      assertThat(Files.readString(folder.resolve("public/codes/" + later + ".txt")))
          .doesNotContain("out of date");
      // The later one's clock runs in its place.
      assertThat(world.did(ANNA, "clocks", JsonObject.builder().build()).objects("due"))
          .noneMatch(due -> due.toString().contains(earlier))
          .anyMatch(due -> due.toString().contains(later));
    }
  }

  private static List<JsonObject> notices(DeskWorld world, JsonObject tenant) throws Exception {
    return ((Answer.Done) world.desk.forConsole("tenant-notices", tenant, "console"))
        .result()
        .objects("notices");
  }

  @Test
  void whoWithdrawsEvidenceHasThePeopleOnDutyCalled() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      world.ready();
      world.publish();
      assertThat(world.desk.pages()).isEmpty();
      world.did(
          ANNA,
          "evidence-withdraw",
          about("7").with("evidence", "finding 17").with("why", "It was a test."));
      List<ClockPage> pages = world.desk.pages();
      assertThat(pages).extracting(ClockPage::why).containsExactly(ClockPage.Why.CORRECT);
      world.desk.paged(pages);
      assertThat(world.desk.pages()).isEmpty();
    }
  }

  @Test
  void theProcesssOwnKeysAreADeadlineBeforeTheyEnd() throws Exception {
    try (DeskWorld world = new DeskWorld(folder)) {
      JsonObject nothing = JsonObject.builder().build();
      assertThat(world.did(ANNA, "clocks", nothing).objects("due")).isEmpty();
      world.now = world.keys.stated().orElseThrow().notAfter().minus(Duration.ofDays(59));
      assertThat(world.did(ANNA, "clocks", nothing).objects("due").getFirst().string("rule"))
          .isEqualTo("keys");
    }
  }
}
