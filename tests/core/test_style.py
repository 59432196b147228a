"""Direct labels: apart, in order, beside their lines, and off the axis."""

from groundwork.core.style import label_lines, plt


def test_labels_at_the_ends_of_lines_do_not_overlap():
    figure, axes = plt.subplots()
    ends = {"low": 1.0, "high": 1.02, "higher": 1.03, "far": 40.0}
    lines = {text: axes.plot([0, 1], [0.5, end])[0] for text, end in ends.items()}
    axes.set_yscale("log")
    label_lines(axes, lines)
    figure.draw_without_rendering()
    boxes = {text.get_text(): text.get_window_extent() for text in axes.texts}
    low, high, higher, far = (boxes[text] for text in ends)
    assert low.y1 < high.y0 < high.y1 < higher.y0  # in order, and apart
    middle = axes.transData.transform((1, ends["far"]))[1]
    assert abs((far.y0 + far.y1) / 2 - middle) < 3  # where there is room, beside its line
    label_lines(axes, {})  # a record without a single measured line
    assert len(axes.texts) == len(ends)
    plt.close(figure)


def test_no_label_lies_on_the_axis_below():
    figure, axes = plt.subplots()
    (line,) = axes.plot([0, 1], [0, 0])
    axes.set_ylim(0, 1)
    label_lines(axes, {"at the bottom": line})
    (label,) = axes.texts
    figure.draw_without_rendering()
    assert label.get_window_extent().y0 > axes.bbox.y0
    plt.close(figure)
