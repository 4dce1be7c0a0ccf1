throw new Error('this story does not load')
