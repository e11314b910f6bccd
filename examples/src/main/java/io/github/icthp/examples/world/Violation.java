package io.github.icthp.examples.world;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Changes one thing that a prompt says, so that a picture of it no longer answers the prompt. */
final class Violation {

    private final SceneContent content;
    private final SplittableRandom random;
    private final SceneGrammar grammar;

    private Violation(SceneContent content, SplittableRandom random) {
        this.content = content;
        this.random = random;
        this.grammar = new SceneGrammar(random);
    }

    /** A content whose picture violates the prompt of the given one. */
    static SceneContent of(SceneContent content, SplittableRandom random) {
        Violation violation = new Violation(content, random);
        List<Supplier<SceneContent>> choices =
                content.things().size() == 1 ? violation.ofOne() : violation.ofTwo();
        return choices.get(random.nextInt(choices.size())).get();
    }

    private List<Supplier<SceneContent>> ofOne() {
        Things things = content.things().get(0);
        List<Supplier<SceneContent>> choices = new ArrayList<>();
        choices.add(() -> SceneContent.of(recolored(things)));
        choices.add(() -> SceneContent.of(reshaped(things)));
        if (things.size() != Size.ANY) {
            Size other = things.size() == Size.SMALL ? Size.LARGE : Size.SMALL;
            choices.add(() -> SceneContent.of(things.withSize(other)));
        } else if (things.place() != Place.ANY) {
            choices.add(() -> SceneContent.of(things.withPlace(things.place().opposite())));
        } else {
            choices.add(() -> SceneContent.of(things.withCount(otherCount(things.count()))));
        }
        return choices;
    }

    private List<Supplier<SceneContent>> ofTwo() {
        Things first = content.things().get(0);
        Things second = content.things().get(1);
        List<Supplier<SceneContent>> choices = new ArrayList<>();
        choices.add(() -> SceneContent.of(random.nextBoolean() ? first : second));
        choices.add(() -> changedOne(first, second, recolored(second)));
        choices.add(() -> changedOne(first, second, reshaped(second)));
        choices.add(() -> changedOne(second, first, recolored(first)));
        choices.add(() -> changedOne(second, first, reshaped(first)));
        choices.add(
                () ->
                        new SceneContent(
                                List.of(
                                        first.withColor(second.color()),
                                        second.withColor(first.color())),
                                content.relation()));
        if (content.relation() != Relation.AND) {
            choices.add(() -> new SceneContent(List.of(second, first), content.relation()));
        }
        return choices;
    }

    /** The two things in their order, one of them changed, unless that would make them alike. */
    private SceneContent changedOne(Things kept, Things old, Things changed) {
        if (changed.equals(kept)) {
            return SceneContent.of(kept);
        }
        boolean oldIsFirst = content.things().get(0).equals(old);
        return new SceneContent(
                oldIsFirst ? List.of(changed, kept) : List.of(kept, changed), content.relation());
    }

    private Things recolored(Things things) {
        return things.withColor(grammar.otherThan(things.color(), Color.values()));
    }

    private Things reshaped(Things things) {
        return things.withFigure(grammar.otherThan(things.figure(), Figure.values()));
    }

    private int otherCount(int count) {
        int other = random.nextInt(1, Things.MOST);
        return other < count ? other : other + 1;
    }
}
