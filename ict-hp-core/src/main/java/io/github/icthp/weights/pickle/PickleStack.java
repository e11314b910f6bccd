package io.github.icthp.weights.pickle;

import java.util.ArrayList;
import java.util.List;

/** The machine's stack: values, and marks below which a group of them begins. */
final class PickleStack {

    private final List<Object> values = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();

    void push(Object value) {
        values.add(value);
    }

    void mark() {
        marks.add(values.size());
    }

    Object pop() {
        Object top = peek();
        values.remove(values.size() - 1);
        return top;
    }

    Object peek() {
        if (values.size() <= bottom()) {
            throw empty();
        }
        return values.get(values.size() - 1);
    }

    /** Pops as many values, the deepest first. */
    List<Object> pop(int count) {
        if (values.size() - bottom() < count) {
            throw empty();
        }
        return popFrom(values.size() - count);
    }

    /** Pops the values above the last mark, and the mark. */
    List<Object> popToMark() {
        if (marks.isEmpty()) {
            throw new PickleFormatException("an operation needs a mark, there is none");
        }
        return popFrom(marks.remove(marks.size() - 1));
    }

    /** Pops the top, which may be a bare mark. */
    void drop() {
        if (!marks.isEmpty() && bottom() == values.size()) {
            marks.remove(marks.size() - 1);
        } else {
            pop();
        }
    }

    private List<Object> popFrom(int index) {
        List<Object> group = values.subList(index, values.size());
        List<Object> popped = new ArrayList<>(group);
        group.clear();
        return popped;
    }

    /** Returns how many values lie below the last mark. */
    private int bottom() {
        return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    }

    private static PickleFormatException empty() {
        return new PickleFormatException("an operation needs a value, the stack is empty");
    }
}
