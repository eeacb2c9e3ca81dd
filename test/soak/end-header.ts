// The mark of an answer at which the process that receives it ends (kill-at-answer.ts).
export const endHeader = 'x-beamgate-test-end';
